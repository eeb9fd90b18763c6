"""What a browser's form sends, read as it was sent."""

import random

from kunster.open.server import form


def test_words_and_files_of_a_form_are_those_that_were_sent():
    """Files of bytes that end lines, of any others, and a field for a file that has none."""
    rng = random.Random(0)
    contents = [rng.randbytes(5000), bytes(rng.choices(b"\r\n-\0\xff", k=500))]
    files = [("painting", "a.png", contents[0]), ("photos", "", b""), ("photos", "b", contents[1])]
    parts = ['form-data; name="name"\r\n\r\nmüde'.encode()] + [
        f'form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode()
        + content
        for field, name, content in files
    ]
    body = b"".join(b"--X9\r\nContent-Disposition: " + part + b"\r\n" for part in parts)
    words, found = form("multipart/form-data; boundary=X9", body + b"--X9--\r\n")
    assert words == {"name": "müde"}
    assert found == {"painting": [contents[0]], "photos": [contents[1]]}


def test_what_is_no_form_holds_nothing():
    assert form("", b"{}") == form("multipart/form-data", b"--X9") == ({}, {})
