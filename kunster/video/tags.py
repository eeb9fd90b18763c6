"""Metadata of a film's file: title, dates, place, chapters."""

import re
from fractions import Fraction

import av
from av.container import InputContainer, OutputContainer

# of the container itself, which the new one has its own of
OWN = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
LANGUAGE = re.compile(r"-[a-z]{3}$")  # `location-eng` is `location` once more
APPLE = "com.apple.quicktime."  # how iPhones call what other files have too
COMMON = {"location.ISO6709": "location", "creationdate": "date"}


def copy_tags(source: InputContainer, output: OutputContainer) -> None:
    """Gives an output, to which nothing was written yet, the tags and chapters of a film."""
    for key, value in source.metadata.items():
        if key.lower() not in OWN and not LANGUAGE.search(key):
            name = COMMON.get(key.removeprefix(APPLE), key)
            output.metadata.setdefault(name, value)
    begins = Fraction(source.start_time or 0, av.time_base)
    chapters = source.chapters()
    for chapter in chapters:
        shift = round(begins / (chapter["time_base"] or 1))
        chapter["start"], chapter["end"] = chapter["start"] - shift, chapter["end"] - shift
    output.set_chapters(chapters)
