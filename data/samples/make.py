#!/usr/bin/env python3
"""Makes the sample library: records.jsonl, fund-2024…2026.json and school.json from titles.tsv.

Run it in this folder after a change of titles.tsv: the same table gives the same bytes. It does
not know how Fond works; the shapes are those of the public command line (`marcjson` and `post`).
"""

import json
from pathlib import Path

import fund_check
import fund_years

HERE = Path(__file__).parent
ENTERED = "20231215"
AGENCY = "DEMO"

# Section of titles.tsv → what its rows share.
SECTIONS = {
    "ru19": {"bbk": "84(2=411.2)5", "content": "FIC", "subject": "Русская литература", "when": "19 в."},
    "ru20": {"bbk": "84(2=411.2)6", "content": "FIC", "subject": "Русская литература", "when": "20 в."},
    "ru21": {"bbk": "84(2=411.2)64", "content": "FIC", "subject": "Русская литература", "when": "21 в."},
    "for": {"bbk": "84", "content": "FIC", "subject": "Зарубежная литература"},
    "kids": {"bbk": "84(2=411.2)6", "content": "KIDS", "subject": "Литература для детей"},
    "nat": {"content": "NAT"},
    "app": {"content": "APP"},
    "soc": {"content": "SOC"},
    "art": {"content": "ART_SPORT"},
    "ped": {"content": "PED"},
    "ref": {"content": "UNI"},
    "av": {"bbk": "84(2=411.2)6", "content": "FIC"},
    "text": {"content": None},
    "jour": {"content": "NAT"},
    "news": {"content": "UNI"},
}
FICTION = {"ru19", "ru20", "ru21", "for", "kids"}
SERIALS = {"jour", "news"}
MADE_ELSEWHERE = {
    "Азбука": "Санкт-Петербург",
    "БХВ-Петербург": "Санкт-Петербург",
    "Искусство-СПБ": "Санкт-Петербург",
    "Радянська школа": "Киев",
}
FROM = {
    "eng": "английского", "fre": "французского", "ger": "немецкого", "spa": "испанского",
    "ita": "итальянского", "grc": "древнегреческого", "jpn": "японского", "nor": "норвежского",
    "swe": "шведского", "dan": "датского", "pol": "польского", "bel": "белорусского",
}
UDC = {"eng": "821.111", "fre": "821.133.1", "ger": "821.112.2", "spa": "821.134.2",
       "ita": "821.131.1", "grc": "821.14", "jpn": "821.521", "swe": "821.113.6",
       "dan": "821.113.4", "bel": "821.161.3"}
AUDIENCE = {"6+": "bc ", "12+": "de ", "16+": "e  "}
PARTICLES = {"де", "ван", "фон", "дю"}


def main():
    titles = read_titles()
    records = [record(title) for title in titles]
    write_lines("records.jsonl", records)
    years = fund_years.years(titles)
    for year, document in years.items():
        (HERE / f"fund-{year}.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    (HERE / "school.json").write_text(
        json.dumps(school(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    print(f"{len(records)} records")
    fund_check.check([years[year] for year in sorted(years)], {title["id"] for title in titles})


def read_titles():
    """The rows of titles.tsv as dictionaries, each with its control number."""
    lines = (HERE / "titles.tsv").read_text(encoding="utf-8").rstrip("\n").split("\n")
    names = lines[0].split("\t")
    titles = []
    for number, line in enumerate(lines[1:], start=1):
        row = dict(zip(names, line.split("\t") + [""] * len(names)))
        more = dict(part.split("=", 1) for part in row.pop("more").split("~") if part)
        section = SECTIONS[row["section"]]
        title = {**row, "more": more, "id": f"DEMO-{number:04}", "number": number}
        title["year"] = int(row["year"])
        title["authors"] = [name.strip() for name in row["authors"].split(";") if name.strip()]
        title["bbk"] = more.get("b") or section["bbk"]
        title["content"] = more.get("c", section["content"])
        title["kind"] = kind(row, more)
        title["grade"] = int(more["g"]) if "g" in more else None
        titles.append(title)
    return titles


def kind(row, more):
    by_section = {"jour": "JOURNAL", "news": "NEWSPAPER", "av": "AV"}
    return more.get("k") or by_section.get(row["section"], "BOOK")


# ---- one record ----


def record(title):
    fields = [{"001": title["id"]}, {"005": ENTERED + "120000.0"}]
    for part in (identifiers, coded, description, notes, subjects, names, source):
        fields += part(title)
    return {"leader": leader(title), "fields": fields}


def leader(title):
    form = "i" if title["kind"] == "AV" else "a"
    level = "s" if title["section"] in SERIALS else "m"
    return f"00000n{form}{level}0 2200000   450 "


def field(tag, indicators, *pairs):
    subfields = [{code: value} for code, value in pairs if value]
    return {tag: {"ind1": indicators[0], "ind2": indicators[1], "subfields": subfields}}


def identifiers(title):
    if title["section"] in SERIALS:
        return []
    return [field("010", "  ", ("a", isbn(100 + title["number"])))]


def isbn(number):
    """A number of the range 978-5-00000 with a right check digit: made up, and looking so."""
    digits = f"978500000{number:03}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return f"978-5-00000-{number:03}-{-total % 10}"


def mark(title):
    """The age mark of the sample: fiction and popular books of the years that carry marks."""
    if title["year"] < 2013 or title["section"] in SERIALS | {"text", "ped", "ref", "av"}:
        return None
    if "a" in title["more"]:
        return title["more"]["a"]
    young = title["section"] == "kids" or title["more"].get("e") == "c"
    return "6+" if young else "12+"


def audience(title):
    if title["grade"]:
        return "c  " if title["grade"] <= 4 else "d  " if title["grade"] <= 8 else "e  "
    if mark(title):
        return AUDIENCE[mark(title)]
    if title["section"] == "ped":
        return "k  "
    return "c  " if title["section"] == "kids" else "e  "


def coded(title):
    serial = title["section"] in SERIALS
    dates = f"a{title['year']}9999" if serial else f"d{title['year']}    "
    general = f"{ENTERED}{dates}{audience(title)}y0rusy50      ca"
    original = title["more"].get("o")
    language = [("a", "rus")] + ([("c", original)] if original else [])
    country = "SU" if title["year"] < 1992 and not serial else "RU"
    fields = [
        field("100", "  ", ("a", general)),
        field("101", "1 " if original else "0 ", *language),
        field("102", "  ", ("a", country)),
    ]
    if serial:
        form = "c" if title["kind"] == "NEWSPAPER" else "a"
        fields.append(field("110", "  ", ("a", f"{form}{title['more']['q']}a    0xx0")))
    elif title["kind"] != "AV":
        fields.append(field("105", "  ", ("a", monograph(title))))
    return fields


def monograph(title):
    pictures = illustrated(title)
    form = "j" if title["grade"] else title["more"].get("t", " ")
    literary = title["more"].get("l", "a") if title["section"] in FICTION else "y"
    life = title["more"].get("y", "y")
    return f"{'a' if pictures else 'y'}   {form}   000{literary}{life}"


def illustrated(title):
    return title["section"] in {"kids", "text", "art"} or "i" in title["more"]


def description(title):
    more = title["more"]
    fields = [field("200", "1 ", ("a", title["title"]),
                    *[("e", part) for part in title["other"].split(" : ")],
                    ("f", responsibility(title)), ("g", translation(title)))]
    content = "Устная речь" if title["kind"] == "AV" else "Текст"
    media = "аудио" if title["kind"] == "AV" else "непосредственный"
    fields.append(field("203", "  ", ("a", content), ("c", media)))
    if "u" in more:
        fields.append(field("205", "  ", ("a", more["u"])))
    fields.append(published(title))
    if title["section"] not in SERIALS:
        fields.append(extent(title))
    if "v" in more:
        series, _, volume = more["v"].partition(". т. ")
        pairs = [("a", series)] + ([("v", f"т. {volume}")] if volume else [])
        fields.append(field("225", "1 ", *pairs))
    return fields


def published(title):
    place = MADE_ELSEWHERE.get(title["publisher"], "Москва")
    if title["publisher"] == "Лениздат":
        place = "Ленинград" if title["year"] < 1992 else "Санкт-Петербург"
    date = f"{title['year']}-" if title["section"] in SERIALS else str(title["year"])
    return field("210", "  ", ("a", place), ("c", title["publisher"]), ("d", date))


def extent(title):
    if title["kind"] == "AV":
        return field("215", "  ", ("a", "1 электронный оптический диск (CD-ROM)"))
    pictures = "иллюстрации" if illustrated(title) else None
    size = "22 см" if title["grade"] or title["section"] in {"kids", "ref"} else "21 см"
    return field("215", "  ", ("a", f"{title['pages']} с."), ("c", pictures), ("d", size))


def notes(title):
    fields = []
    if "n" in title["more"]:
        fields.append(field("330", "  ", ("a", title["more"]["n"])))
    if mark(title):
        fields.append(field("333", "  ", ("a", mark(title))))
    return fields


def subjects(title):
    more, section = title["more"], SECTIONS[title["section"]]
    fields = []
    if "subject" in section:
        fields.append(field("606", "1 ", ("a", section["subject"]), ("z", section.get("when")),
                            ("2", "local")))
    if "s" in more:
        heading, _, topic = more["s"].partition(" -- ")
        form = "Учебники для общеобразовательных организаций" if title["grade"] else None
        fields.append(field("606", "1 ", ("a", heading), ("x", topic),
                            ("j", more.get("j") or form), ("2", "local")))
    keywords = [word for word in (more.get("c1"), title["grade"] and f"{title['grade']} класс") if word]
    fields += [field("610", "0 ", ("a", word)) for word in keywords]
    if title["section"] in FICTION and "82.3" not in title["bbk"]:
        language = UDC.get(more.get("o")) or "821.161.1"
        if title["bbk"].startswith("84(7"):
            language += "(73)"
        fields.append(field("675", "  ", ("a", f"{language}-{udc_form(more)}")))
    fields.append(field("686", "  ", ("a", title["bbk"]), ("2", "rubbk")))
    return fields


def udc_form(more):
    return {"g": "1", "b": "2", "c": "4", "d": "7"}.get(more.get("l"), "3")


# ---- people ----


def split_name(name):
    """«Пушкин, Александр Сергеевич» → surname, initials, full names; one word is a name of its own."""
    surname, _, given = name.partition(", ")
    return surname, " ".join(initial(word) for word in given.split()), given


def initial(word):
    if word in PARTICLES or word.endswith("-"):
        return word
    return "-".join("Дж." if part.startswith("Дж") else f"{part[0]}." for part in word.split("-"))


def signed(name):
    surname, initials, _ = split_name(name)
    return f"{initials} {surname}".strip()


def responsibility(title):
    if title["authors"]:
        return ", ".join(signed(name) for name in title["authors"])
    return title["more"].get("f")


def translation(title):
    translator = title["more"].get("tr")
    if not translator:
        return None
    return f"перевод с {FROM[title['more']['o']]} {signed(translator)}"


def names(title):
    fields = []
    for i, name in enumerate(title["authors"]):
        fields.append(person("700" if i == 0 else "701", name, "070"))
    if "ed" in title["more"]:
        name, role = title["more"]["ed"].split("=")
        fields.append(person("702", name, role))
    if "tr" in title["more"]:
        fields.append(person("702", title["more"]["tr"], "730"))
    return fields


def person(tag, name, role):
    surname, initials, given = split_name(name)
    return field(tag, " 1" if given else " 0", ("a", surname), ("b", initials), ("g", given), ("4", role))


def source(_title):
    pairs = [("a", "RU"), ("b", AGENCY), ("c", ENTERED), ("g", "RCR")]
    sample = "Учебный образец: сведения об издании условные"
    return [field("801", " 0", *pairs), field("801", " 1", *pairs), field("830", "  ", ("a", sample))]


# ---- the school ----


def school():
    """The tree of libraries and the people; passwords are given by whoever fills the library."""
    return {
        "libraries": [
            {"code": "ZARECHYE", "name": "Библиотеки школ города Заречье", "kind": "municipality",
             "parent": None},
            {"code": "SCHOOL12", "name": "Школа № 12", "kind": "school", "parent": "ZARECHYE"},
        ],
        "fund_library": "SCHOOL12",
        "users": [
            {"name": "librarian", "role": "librarian", "library": "SCHOOL12", "person": "Соколова Анна Сергеевна"},
            {"name": "head", "role": "head", "library": "SCHOOL12", "person": "Ковалёва Ирина Петровна"},
            {"name": "auditor", "role": "auditor", "library": "ZARECHYE", "person": "Орлов Дмитрий Ильич"},
            {"name": "admin", "role": "admin", "library": "ZARECHYE", "person": "Лебедев Павел Андреевич"},
            {"name": "masha.ivanova", "role": "reader", "library": "SCHOOL12", "person": "Иванова Маша, 7 «Б»"},
            {"name": "timur.galeev", "role": "reader", "library": "SCHOOL12", "person": "Галеев Тимур, 10 «А»"},
        ],
    }


def write_lines(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
