"""A process that is killed when it, or one that it starts, opens a socket of the internet.

Sockets of IPv6 are refused instead, as on a machine without it: importing urllib3 tries one, and
sends nothing. Whoever would send asks for an address first, and that by IPv4. Python's audit hooks
do not see what libraries do in C++, Go or Rust; the kernel's filter does.
"""

import ctypes
import errno
import faulthandler
import platform
import signal
import socket
import struct
import sys

# of <linux/audit.h> and <asm/unistd.h>: the architecture, and its number of the call socket()
CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06  # instructions of <linux/bpf_common.h>
ALLOW, TRAP, REFUSE = 0x7FFF0000, 0x00030000, 0x00050000 | errno.EAFNOSUPPORT  # <linux/seccomp.h>
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # where they are in struct seccomp_data
NO_NEW_PRIVILEGES, SET_FILTER, BY_FILTER = 38, 22, 2  # of <linux/prctl.h>

SUPPORTED = sys.platform == "linux" and platform.machine() in CALLS


def forbid_internet() -> None:
    """From here on socket(AF_INET) ends the process with SIGSYS and a traceback."""
    architecture, call = CALLS[platform.machine()]
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUALS, 0, 5, architecture),
        (LOAD, 0, 0, NUMBER),
        (EQUALS, 0, 3, call),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUALS, 2, 0, socket.AF_INET),
        (EQUALS, 2, 0, socket.AF_INET6),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, TRAP),
        (RETURN, 0, 0, REFUSE),
    ]
    code = b"".join(struct.pack("HBBI", *each) for each in program)
    instructions = ctypes.create_string_buffer(code)
    filters = struct.pack("HxxxxxxP", len(program), ctypes.addressof(instructions))
    faulthandler.register(signal.SIGSYS, chain=True)
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_FILTER, BY_FILTER, filters, 0, 0)):
        if libc.prctl(*words):
            raise OSError(ctypes.get_errno(), "prctl")
