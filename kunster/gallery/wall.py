"""A room as HTML: the painting and its label, a photo with the line, the choices, the film."""

from collections.abc import Mapping, Sequence
from html import escape

from kunster.gallery.painting import Clip, Photo, photo_place
from kunster.gallery.rooms import Exhibit, Room
from kunster.networks.description import STAGES, Stage

MEANINGS: dict[Stage, str] = {"perceptual": "1: style", "temporal": "2: steady"}
VIEWS = {"both": "Both", "taken": "As taken", "painted": "Painted"}


def room_html(room: Room, photos: Sequence[Photo], clip: Clip) -> str:
    """HTML of a room, with the favourite network on the first photo."""
    style, title = escape(room.style), escape(room.facts["title"])
    return f"""<section class="room" id="{style}" aria-labelledby="{style}-title">
<div class="painting">{_painting(room)}
<div class="label"><h2 id="{style}-title">{title}</h2>
<p class="by">{escape(room.facts["painter"])}{_year(room)}</p>
<p class="said">{_provenance(room)}</p></div></div>
<div class="wall">
{_wipe(room, photos)}
<p class="facts" aria-live="polite">{"".join(_facts(room, each) for each in room.exhibits)}</p>
<div class="controls" hidden>
{_photos(room, photos)}{_networks(room)}{_stages(room)}
</div>
{_film(room, clip)}
</div>
</section>"""


def _painting(room: Room) -> str:
    height, width, _ = room.painting.shape
    kind = "A texture with the colours and strokes of " if room.swatch else ""
    alt = f"{kind}{room.facts['title']}, {room.facts['painter']}"
    return (
        f'<img src="{escape(room.painting_place)}" width="{width}" height="{height}" '
        f'alt="{escape(alt)}">'
    )


def _year(room: Room) -> str:
    return f", {escape(room.facts['year'])}" if room.facts["year"] else ""


def _provenance(room: Room) -> str:
    texts = (room.facts["source"], room.facts["licence"])
    words = " ".join(f"{text[:1].upper()}{text[1:]}." for text in texts)
    if room.swatch:
        words += " Shown is a swatch made from the painting’s statistics, not the painting."
    return escape(words)


def _wipe(room: Room, photos: Sequence[Photo]) -> str:
    painted, name = escape(room.place(room.favourite, 1)), escape(photos[0].name)
    return (
        f'<div class="wipe"><img class="painted" src="{painted}" alt="{name}, painted" '
        f'draggable="false"><img class="over photo" src="{photo_place(1)}" alt="{name}" '
        'draggable="false"><input type="range" min="0" max="100" step="1" value="33" '
        f'aria-label="{escape(room.facts["title"])}: where the photo ends and the painted one '
        'begins"><span class="divider" aria-hidden="true"></span></div>'
    )


def _facts(room: Room, exhibit: Exhibit) -> str:
    description = exhibit.description
    shape = f"α {description.alpha:g}, β {description.beta:g}, " if description.alpha else ""
    kilobytes = exhibit.shipped.path.stat().st_size / 1000
    words = (
        f"Network {exhibit.shipped.id}, {STAGES[description.stage]}: {shape}"
        f"{description.parameters:,} parameters, {kilobytes:,.0f} kB"
    )
    hidden = "" if exhibit is room.favourite else " hidden"
    return f'<span data-key="{exhibit.key}"{hidden}>{words}</span>'


def _photos(room: Room, photos: Sequence[Photo]) -> str:
    labels = [
        f'<label><input type="radio" name="{escape(room.style)}-photo" value="{number}" '
        f'data-name="{escape(photo.name)}"{" checked" * (number == 1)}>'
        f'<img src="{photo_place(number)}" alt="{escape(photo.name)}" width="66" height="44">'
        "</label>"
        for number, photo in enumerate(photos, 1)
    ]
    return (
        '<fieldset class="thumbs" data-choice="photo"><legend>Photo</legend>'
        f"<div>{''.join(labels)}</div></fieldset>"
    )


def _networks(room: Room) -> str:
    sizes = {each.shipped.id: each.description.parameters for each in room.exhibits}
    options = {str(number): f"{round(size / 1000)}k" for number, size in sizes.items()}
    return _segments(room, "network", "Parameters", options, str(room.favourite.shipped.id))


def _stages(room: Room) -> str:
    shipped = {each.description.stage for each in room.exhibits}
    options = {str(stage): words for stage, words in MEANINGS.items() if stage in shipped}
    return _segments(room, "stage", "Stage", options, room.favourite.description.stage)


def _film(room: Room, clip: Clip) -> str:
    height, width, _ = clip.frames[0].shape
    poster = escape(room.clip_place.replace(".mp4", ".jpg"))
    views = _segments(room, "view", "Film", VIEWS, "both")
    title = escape(room.facts["title"])
    return (
        f'<figure class="film"><video controls loop muted playsinline preload="none" '
        f'width="{2 * width}" height="{height}" poster="{poster}" src="{escape(room.clip_place)}" '
        f'aria-label="{title}: a film as taken, left, and painted, right"></video>'
        f"<figcaption>{clip.seconds:.0f} seconds, painted frame by frame: "
        f"{escape(room.favourite.words)}</figcaption>"
        f'<div class="controls" hidden>{views}</div></figure>'
    )


def _segments(
    room: Room, choice: str, legend: str, options: Mapping[str, str], checked: str
) -> str:
    labels = (
        f'<label><input type="radio" name="{escape(room.style)}-{choice}" value="{value}"'
        f"{' checked' * (value == checked)}><span>{escape(words)}</span></label>"
        for value, words in options.items()
    )
    return (
        f'<fieldset data-choice="{choice}"><legend>{legend}</legend>'
        f'<div class="segments">{"".join(labels)}</div></fieldset>'
    )
