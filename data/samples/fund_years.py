"""The story of the sample fund: what stood at the end of 2023 and what happened until June 2026.

The events are invented; they follow the calendar of an ordinary school. Numbers of copies, cards
and acts are given here in order, so that the story can be changed without counting by hand.
"""

import hashlib

POLICY = {
    "ksu1_numbering": "RESTART_YEARLY_PER_FUND",
    "ksu2_numbering": "CONTINUOUS_PER_FUND",
    "act_numbering": "PER_SERIES_PER_YEAR_PER_LIBRARY",
    "withdrawal_posting_date": "ACT_APPROVAL_DATE",
    "periodicals_posting": "YEAR_END",
    "workbooks": "CONSUMABLE",
    "content_columns": ["NAT", "APP", "SOC", "PED", "ART_SPORT", "FIC", "UNI", "KIDS"],
    "kinds": ["BOOK", "BROCHURE", "JOURNAL", "NEWSPAPER", "AV", "MICROFORM", "E_CARRIER", "OTHER"],
    "reasons": ["LOSS", "WEAR", "DEFECT", "OBSOLETE", "OFF_PROFILE"],
}
# Textbooks that stood on cards before 2024: place among the textbooks → layers (year, copies).
CARDS = {
    0: [(2019, 60)], 2: [(2019, 56)], 4: [(2020, 60)], 5: [(2020, 54)], 8: [(2021, 58)],
    14: [(2019, 50), (2022, 12)], 16: [(2018, 62)], 17: [(2019, 58)], 20: [(2020, 60)],
    21: [(2018, 64)], 26: [(2019, 70), (2023, 10)], 27: [(2020, 56)], 29: [(2020, 58)],
    31: [(2021, 55)], 39: [(2012, 57)],
}
# Numbers that left before the system: number → (year of the act, КСУ-2 number, reason, sub-reason).
LEFT = {
    7: (2021, 1, "WEAR", None), 19: (2021, 1, "WEAR", None), 44: (2021, 1, "WEAR", None),
    73: (2021, 1, "WEAR", None), 110: (2023, 2, "LOSS", "LOST_BY_USER"),
    158: (2023, 2, "LOSS", "LOST_BY_USER"),
}


def years(titles):
    """Documents for `fond post` by year."""
    story = Story(titles)
    return {2024: story.year_2024(), 2025: story.year_2025(), 2026: story.year_2026()}


def mixed(title):
    """A steady order that has nothing to do with the order of the table."""
    return hashlib.sha256(title["id"].encode()).hexdigest()


def price(title, year):
    """A price in kopecks that a school might have paid in that year."""
    if title["year"] < 1993:
        return 1500 + 100 * (title["number"] % 20)
    if title["grade"]:
        return 48_000 + 1_150 * (title["number"] % 13) + 3_500 * (year - 2018)
    pages = int(title["pages"]) if title["pages"].isdigit() else 120
    return 9_000 + 55 * pages + 250 * (title["number"] % 11) + 2_000 * max(0, year - 2018)


class Story:
    """Counters of the fund and the events so far."""

    def __init__(self, titles):
        self.by_id = {title["id"]: title for title in titles}
        self.textbooks = [t for t in titles if t["section"] == "text"]
        self.periodicals = [t for t in titles if t["section"] in ("jour", "news")]
        plain = [t for t in titles if t["section"] not in ("text", "jour", "news")]
        self.stood = [t for t in plain if t["number"] % 4]
        self.shop = sorted((t for t in plain if t["number"] % 4 == 0), key=mixed)
        self.next_inv = 1
        self.next_card = 1
        self.cards = {}
        self.prices = {}
        self.title_of = {}
        self.acts = {}
        self.events = []

    # -- the state at the end of 2023 --

    def opening(self):
        copies = list(self.stood)
        copies += [t for t in self.stood if t["section"] in ("ru19", "ru20") and t["number"] % 3 == 0]
        copies.sort(key=mixed)
        present, left = [], []
        for title in copies:
            inv, kopecks = self.inventory(title, 2018)
            row = {"inv": inv, "title": title["id"], "price_kop": kopecks}
            if inv in LEFT:
                year, ksu2, reason, sub = LEFT[inv]
                row = {"inv": inv, "title": title["id"], "act": "1", "act_year": year, "ksu2_no": ksu2,
                       "fund": "MAIN", "price_kop": kopecks, "reason": reason}
                left.append(row | ({"sub_reason": sub} if sub else {}))
            else:
                present.append(row)
        cards = [self.card(self.textbooks[place], layers) for place, layers in CARDS.items()]
        return {
            "as_of": "2024-01-01",
            "closed_through": "2023-12-31",
            "copies": present,
            "batch_cards": cards,
            "withdrawn_history": left,
            "counters": {
                "next_inventory_no": self.next_inv,
                "next_batch_card_no": self.next_card,
                "ksu1_last_no": {"MAIN": 0, "TEXTBOOK": 0},
                "ksu2_last_no": {"MAIN": 2, "TEXTBOOK": 0},
                "acts_last_no_2024": {"ACCEPTANCE": 0, "WITHDRAWAL": 0, "CHECK": 0},
            },
        }

    def inventory(self, title, year):
        inv = self.next_inv
        self.next_inv += 1
        self.prices[inv] = price(title, year)
        self.title_of[inv] = title["id"]
        return inv, self.prices[inv]

    def card(self, title, layers):
        number = self.next_card
        self.next_card += 1
        self.cards[title["id"]] = [number, len(layers)]
        return {"card_no": number, "title": title["id"], "layers": [
            {"layer": i, "year": year, "copies": copies, "price_kop": price(title, year)}
            for i, (year, copies) in enumerate(layers, start=1)
        ]}

    # -- kinds of events --

    def add(self, date, **event):
        row = {"id": f"E{date[2:4]}{len(self.events) + 1:02}", "type": event.pop("type"), "date": date}
        self.events.append(row | event)
        return self.events[-1]

    def act_no(self, series, date):
        key = (series, date[:4])
        self.acts[key] = self.acts.get(key, 0) + 1
        return self.acts[key]

    def bought(self, title, date, copies=1):
        invs = []
        for _ in range(copies):
            inv, kopecks = self.inventory(title, int(date[:4]))
            invs.append(inv)
        return {"title": title["id"], "price_kop": kopecks, "inv": invs}

    def from_shop(self, date, quantities):
        lines = [self.bought(title, date, copies) for title, copies in zip(self.shop, quantities)]
        self.shop = self.shop[len(quantities):]
        return lines

    def receipt(self, date, source, kind, lines, no=None, dated=None, fund="MAIN", **more):
        if kind == "ACCEPTANCE_ACT":
            no = str(self.act_no("ACCEPTANCE", date))
        others = more.get("non_fund_lines", [])
        total = sum(line["price_kop"] * count(line) for line in lines + others)
        document = {"kind": kind, "no": no, "date": dated or date, "total_kop": total}
        return self.add(date, type="RECEIPT", fund=fund, source=source, document=document, lines=lines, **more)

    def withdrawal(self, date, reason, lines, sub=None, dated=None, fund="MAIN", **more):
        act = {"series": "WITHDRAWAL", "no": self.act_no("WITHDRAWAL", date), "date": dated or date,
               "approved": date}
        return self.add(date, type="WITHDRAWAL", fund=fund, act=act, reason=reason, sub_reason=sub,
                        lines=lines, **more)

    def replaced(self, claimed, date, inv, title):
        """A reader lost a copy and brought another book: two acts of one date that name each other."""
        self.add(claimed, type="LOSS_CLAIM", inv=inv, note="Читатель сообщил об утрате")
        out = self.withdrawal(date, "LOSS", [{"inv": inv}], "LOST_BY_USER")
        line = self.bought(title, date)
        came = self.receipt(date, "REPLACEMENT", "ACCEPTANCE_ACT", [line | {"replaces_inv": inv}])
        out["paired_with"], came["paired_with"] = came["id"], out["id"]

    def textbooks_in(self, date, no, dated, deliveries, workbooks):
        lines = []
        for place, copies in deliveries:
            title = self.textbooks[place]
            if title["id"] not in self.cards:
                self.cards[title["id"]] = [self.next_card, 0]
                self.next_card += 1
            self.cards[title["id"]][1] += 1
            card, layer = self.cards[title["id"]]
            lines.append({"title": title["id"], "price_kop": price(title, int(date[:4])),
                          "card_no": card, "layer": layer, "copies": copies})
        other = [{"description": name, "copies": copies, "price_kop": kopecks}
                 for name, copies, kopecks in workbooks]
        more = {"non_fund_lines": other} if other else {}
        self.receipt(date, "PURCHASE", "WAYBILL", lines, no, dated, "TEXTBOOK", **more)

    def textbooks_out(self, date, dated, reason, taken, sub=None):
        lines = [{"title": self.textbooks[place]["id"], "card_no": self.cards[self.textbooks[place]["id"]][0],
                  "layer": layer, "copies": copies} for place, layer, copies in taken]
        self.withdrawal(date, reason, lines, sub, dated, "TEXTBOOK")

    def subscription(self, date, quantities):
        year = int(date[:4])
        lines = []
        for title, copies in zip(self.periodicals, quantities):
            paper = title["kind"] == "NEWSPAPER"
            shape = {"year": year, "issues": 1, "unit": "ANNUAL_SET"} if paper else {"year": year, "issues": copies}
            kopecks = 118_000 if paper else 16_500 + 900 * (title["number"] % 7)
            lines.append({"title": title["id"], "price_kop": kopecks, "periodical": shape,
                          "copies": 1 if paper else copies})
        self.receipt(date, "SUBSCRIPTION", "SUBSCRIPTION_REGISTER", lines, str(year))

    # -- the years --

    def year_2024(self):
        opening = self.opening()
        self.receipt("2024-02-12", "PURCHASE", "WAYBILL",
                     self.from_shop("2024-02-12", [2, 1, 3, 1, 1, 2, 1, 1, 2, 1]), "118", "2024-02-08")
        self.replaced("2024-03-04", "2024-03-11", 52, self.shop.pop(0))
        worn = [12, 31, 38, 60, 81, 99, 123, 140, 171, 202, 233]
        self.withdrawal("2024-04-22", "WEAR", [{"inv": inv} for inv in worn], dated="2024-04-15")
        self.receipt("2024-05-16", "DONATION", "ACCEPTANCE_ACT", self.from_shop("2024-05-16", [1, 2, 1, 1, 1]))
        self.textbooks_out("2024-06-24", "2024-06-19", "OBSOLETE", [(39, 1, 57)])
        self.textbooks_in("2024-08-12", "2741", "2024-08-07",
                          [(30, 58), (32, 56), (16, 8), (27, 6), (10, 54)],
                          [("Рабочая тетрадь по литературному чтению, 3 класс", 54, 27_500)])
        self.receipt("2024-09-16", "CENTRAL_SUPPLY", "WAYBILL",
                     self.from_shop("2024-09-16", [2, 2, 1, 1, 2]), "РБ-56", "2024-09-10")
        self.add("2024-10-14", type="CHECK_START", fund="MAIN", order="приказ № 96 от 2024-10-07",
                 on_loan_inv=[15, 88, 131, 190, 245, 260])
        self.add("2024-10-25", type="CHECK_CLOSE", fund="MAIN",
                 act={"series": "CHECK", "no": 1, "date": "2024-10-25"}, missing_inv=[27, 95, 149, 176, 221])
        self.add("2024-11-11", type="FOUND", inv=149, note="Найдена в кабинете литературы")
        self.withdrawal("2024-12-16", "LOSS", [{"inv": inv} for inv in (27, 95, 176, 221)],
                        "MISSING_AT_CHECK", "2024-12-12", basis={"series": "CHECK", "no": 1, "year": 2024})
        self.withdrawal("2024-12-20", "OFF_PROFILE", [{"inv": inv} for inv in (5, 64, 118)], dated="2024-12-18")
        self.subscription("2024-12-25", [6, 12, 12, 12, 12, 12, 1, 1])
        self.add("2024-12-31", type="YEAR_CLOSE", year=2024)
        return self.document(2024, opening)

    def year_2025(self):
        self.receipt("2025-01-27", "PURCHASE", "WAYBILL",
                     self.from_shop("2025-01-27", [2, 1, 2, 1, 3, 1, 1, 2, 2, 1, 1, 1]), "37", "2025-01-22")
        self.replaced("2025-03-17", "2025-03-24", 88, self.by_id[self.title_of[88]])
        self.withdrawal("2025-04-14", "DEFECT", [{"inv": inv} for inv in (66, 214)], dated="2025-04-10")
        self.receipt("2025-05-19", "DONATION", "ACCEPTANCE_ACT",
                     self.from_shop("2025-05-19", [1, 1, 2, 1, 1, 1, 1]))
        self.textbooks_out("2025-06-16", "2025-06-11", "WEAR", [(16, 1, 22), (21, 1, 31), (26, 1, 18), (14, 1, 9)])
        self.textbooks_out("2025-06-30", "2025-06-26", "LOSS", [(17, 1, 2), (29, 1, 1)], "LOST_BY_USER")
        self.textbooks_in("2025-08-18", "3390", "2025-08-13",
                          [(21, 34), (16, 20), (36, 55), (37, 55), (6, 57)],
                          [("Рабочая тетрадь по окружающему миру, 2 класс", 57, 29_800),
                           ("Прописи, 1 класс", 60, 18_400)])
        self.receipt("2025-09-15", "CENTRAL_SUPPLY", "WAYBILL",
                     self.from_shop("2025-09-15", [2, 1, 2, 1, 1, 2, 1]), "РБ-71", "2025-09-09")
        worn = [3, 22, 47, 70, 104, 127, 162, 198, 240]
        self.withdrawal("2025-10-13", "WEAR", [{"inv": inv} for inv in worn], dated="2025-10-08")
        found = self.bought(self.by_id[self.title_of[176]], "2025-11-10")
        found["price_kop"] = self.prices[176]
        self.receipt("2025-11-10", "FOUND_AFTER_WRITE_OFF", "ACCEPTANCE_ACT", [found | {"formerly_inv": 176}])
        self.subscription("2025-12-22", [6, 12, 12, 12, 12, 12, 1, 1])
        self.add("2025-12-31", type="YEAR_CLOSE", year=2025)
        return self.document(2025)

    def year_2026(self):
        self.receipt("2026-02-09", "PURCHASE", "WAYBILL",
                     self.from_shop("2026-02-09", [1, 2, 1, 1, 2, 1, 3, 1]), "84", "2026-02-04")
        self.receipt("2026-04-20", "DONATION", "ACCEPTANCE_ACT", self.from_shop("2026-04-20", [1, 1, 1, 2]))
        self.textbooks_in("2026-05-25", "1975", "2026-05-20", [(18, 56), (22, 58), (44, 30)], [])
        return self.document(2026)

    def document(self, year, opening=None):
        events, self.events = self.events, []
        used = {line["title"] for event in events for line in event.get("lines", []) if "title" in line}
        if opening:
            used |= {row["title"] for part in ("copies", "batch_cards", "withdrawn_history")
                     for row in opening[part]}
        head = {"schema_version": 1, "id": f"fond-demo-{year}",
                "money_unit": "kopeck (integer); 100 kopecks = 1 RUB", "policy": POLICY,
                "titles": [card_of(self.by_id[name]) for name in sorted(used)]}
        return head | ({"opening": opening} if opening else {}) | {"events": events}


def count(line):
    return line["copies"] if "copies" in line else len(line["inv"])


def card_of(title):
    """A title as the fund knows it."""
    periodical = title["section"] in ("jour", "news")
    registration = "BATCH_CARD" if title["grade"] else "PERIODICAL_CARD" if periodical else "INVENTORY"
    return {
        "id": title["id"], "title": title["title"], "fund": "TEXTBOOK" if title["grade"] else "MAIN",
        "kind": title["kind"], "bbk": title["bbk"], "content": title["content"], "grade": title["grade"],
        "reference": title["section"] == "ref", "registration": registration, "on_balance": not periodical,
    }
