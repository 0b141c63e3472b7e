"""HTML that a page is made of: tables tidied, addresses of anything outside found."""

import re
from collections import Counter

from bs4 import BeautifulSoup, Tag

FETCHED = {"src", "href", "xlink:href", "poster", "data", "background"}
INSIDE = ("data:", "blob:", "about:", "#")


def tidy(fragment: str, captions: Counter[str]) -> str:
    """Tables that scroll by themselves and align by column; captions numbered over the page.

    Arguments:
        fragment: HTML of one cell's text or output.
        captions: how many figures and tables came before; it is counted on.
    """
    if "<table" not in fragment and "<figure" not in fragment:
        return fragment
    # Parsing is slow: cells without tables or figures have gone back as they are.
    soup = BeautifulSoup(fragment, "html.parser")
    for style in soup.select("style"):
        style.decompose()  # pandas' own; the page's style sheet does better
    for table in soup.find_all("table"):
        _tidy_table(table)
    for captioned in soup.find_all(["figure", "table"]):
        name = kind = captioned.name.title()
        # "Figure 3" and "Table 2" are counted apart, stand before the caption, and are anchors.
        if caption := captioned.find(["figcaption", "caption"]):
            captions[kind] += 1
            name = f"{kind} {captions[kind]}"
            caption.insert(0, soup.new_tag("strong", string=f"{name}."), " ")
            captioned["id"] = name.lower().replace(" ", "-")
        if kind == "Table":
            # A wide table scrolls in a box of its own, with a name, which the keyboard can reach.
            attributes = {"class": "scroll", "role": "group", "aria-label": name, "tabindex": "0"}
            captioned.wrap(soup.new_tag("div", attrs=attributes))
    return str(soup)


def _tidy_table(table: Tag) -> None:
    """Say what its headers head and which columns hold text; drop what pandas needs itself."""
    _merge_index_name(table)
    # Ids and classes are pandas' own, for a style sheet that is gone.
    head, body = _rows(table, "thead"), _rows(table, "tbody")
    for cell in (c for row in head + body for c in row):
        del cell["id"], cell["class"]
    # A screen reader tells what a number is by the header of its column and its row.
    for cell in (c for row in head for c in row if c.name == "th"):
        if cell.get_text(strip=True):
            cell["scope"] = "colgroup" if cell.get("colspan") else "col"
        else:
            cell.name = "td"  # a corner heads nothing
    for cell in (c for row in body for c in row if c.name == "th"):
        cell["scope"] = "row"
    for column in range(1, max(map(len, body), default=0) + 1):
        # Counted from the right, where a header that spans rows leaves no gap.
        values = [row[-column] for row in body if column <= len(row)]
        # Text is set to the left, numbers to the right; long text may break its lines.
        if any(c.name == "th" or _is_text(c.get_text()) for c in values):
            name = "text long" if any(len(c.get_text()) > 40 for c in values) else "text"
            for cell in values + [row[-column] for row in head if column <= len(row)]:
                cell["class"] = name


def _rows(table: Tag, part: str) -> list[list[Tag]]:
    return [list(row.find_all(["th", "td"])) for row in table.select(f"{part} tr")]


def _merge_index_name(table: Tag) -> None:
    """pandas gives the index's name a row of its own under the columns' names; one row will do."""
    # The names' row may give only the index's name, under a row of titles whose corner is empty.
    match table.select("thead tr"):
        case [*_, titles, names] if titles.th and names.th:
            name, *others = names.find_all("th")
            if not any(c.get_text(strip=True) for c in (titles.th, *others)):
                titles.th.string = name.get_text(strip=True)
                names.decompose()


def _is_text(value: str) -> bool:
    # Numbers that are no numbers begin with a letter, and still belong to the right.
    value = value.strip().lower()
    return value[:1].isalpha() and value not in {"nan", "inf", "none"}


def outside_addresses(page: str) -> list[str]:
    """What a browser would fetch to show `page`. Links that wait for a click are not fetched."""
    # All that a browser fetches by itself: attributes, candidates for a screen's size, documents in
    # documents, style sheets, scripts, and a page that sends one elsewhere.
    found: list[str] = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        for name in FETCHED & tag.attrs.keys():
            if not (tag.name in ("a", "area") and name.endswith("href")):
                found.append(str(tag[name]))
        for name in ("srcset", "imagesrcset"):
            # A comma and a space part the candidates; a data: address has a comma but no space.
            candidates = re.split(r",\s+", str(tag.get(name, "")))
            found += [candidate.split()[0] for candidate in candidates if candidate.strip()]
        if "srcdoc" in tag.attrs:
            found += outside_addresses(str(tag["srcdoc"]))
        found += _style_addresses(str(tag.get("style", "")))
        if tag.name == "style":
            found += _style_addresses(tag.get_text())
        elif tag.name == "script":
            # Names of XML languages look like addresses, but nobody fetches them.
            found += re.findall(r"https?://(?!www\.w3\.org/)[^\s'\"`]+", tag.get_text())
        elif tag.name == "meta" and str(tag.get("http-equiv")).lower() == "refresh":
            found += re.findall(r"url=(\S+)", str(tag.get("content", "")), re.I)
    # What is inside the page, or a place on it, is not fetched.
    return [a for a in map(str.strip, found) if a and not a.startswith(INSIDE)]


def _style_addresses(style: str) -> list[str]:
    # @import with a bare string; with url(...) it is found like every other url.
    imports = re.findall(r"@import\s+['\"]([^'\"]+)", style, re.I)
    return imports + re.findall(r"url\(\s*['\"]?([^'\")]+)", style, re.I)
