"""The second road to the figures of the sample fund: replays the documents and checks them.

Reads only what `fond post` will read and shares nothing with the story that made it. A breach
stops with a sentence.
"""

from collections import defaultdict

FUNDS = ("MAIN", "TEXTBOOK")


def check(documents, known):
    """Replays the documents in order; prints what stands after each year."""
    fund = Fund()
    ids = set()
    for document in documents:
        titles = {title["id"]: title for title in document["titles"]}
        need(set(titles) <= known, "a title has no record")
        fund.titles.update(titles)
        if "opening" in document:
            fund.open(document["opening"])
        dates = [event["date"] for event in document["events"]]
        need(dates == sorted(dates), "events are not in the order of their dates")
        events = {event["id"]: event for event in document["events"]}
        for event in document["events"]:
            need(event["id"] not in ids, f"{event['id']} stands twice")
            ids.add(event["id"])
            fund.play(event, events)
        print(document["id"], fund.line())


def need(truth, sentence):
    if not truth:
        raise SystemExit(f"the sample fund is wrong: {sentence}")


class Fund:
    """What stands: copies by number, layers of cards, units of periodicals."""

    def __init__(self):
        self.titles = {}
        self.copies = {}
        self.state = {}
        self.layers = {}
        self.next_inv = self.next_card = 1
        self.acts = defaultdict(int)
        self.documents = set()
        self.closed = ""
        self.balance = {fund: [0, 0] for fund in FUNDS}

    def open(self, opening):
        rows = opening["copies"] + opening["withdrawn_history"]
        need(sorted(row["inv"] for row in rows) == list(range(1, len(rows) + 1)), "a number is not explained")
        for row in opening["copies"]:
            self.put_copy(row["inv"], row["title"], row["price_kop"])
        for row in opening["withdrawn_history"]:
            self.state[row["inv"]] = "WITHDRAWN"
        for card in opening["batch_cards"]:
            for layer in card["layers"]:
                self.put_layer(card["card_no"], layer["layer"], card["title"], layer["copies"], layer["price_kop"])
        counters = opening["counters"]
        need(counters["next_inventory_no"] == len(rows) + 1, "the next number is wrong")
        need(counters["next_batch_card_no"] == self.next_card, "the next card is wrong")
        self.next_inv = counters["next_inventory_no"]
        self.closed = opening["closed_through"]

    def put_copy(self, inv, title, kopecks):
        need(inv not in self.state, f"number {inv} is taken")
        need(kopecks > 0, f"number {inv} has no price")
        need(self.titles[title]["registration"] == "INVENTORY", f"{title} takes no numbers")
        self.copies[inv], self.state[inv] = (title, kopecks), "AVAILABLE"
        self.move("MAIN", 1, kopecks)

    def put_layer(self, card, layer, title, copies, kopecks):
        need((card, layer) not in self.layers, f"layer {card}/{layer} stands twice")
        need(layer == 1 or (card, layer - 1) in self.layers, f"layer {card}/{layer} skips one")
        if layer == 1:
            need(card == self.next_card, f"card {card} is out of order")
            self.next_card += 1
        self.layers[card, layer] = [title, copies, kopecks]
        self.move("TEXTBOOK", copies, copies * kopecks)

    def move(self, fund, copies, kopecks):
        self.balance[fund][0] += copies
        self.balance[fund][1] += kopecks

    def play(self, event, events):
        need(event["date"] > self.closed, f"{event['id']} falls into a closed period")
        if "paired_with" in event:
            other = events[event["paired_with"]]
            need(other.get("paired_with") == event["id"] and other["date"] == event["date"],
                 f"{event['id']} and its pair do not agree")
        getattr(self, event["type"].lower())(event)

    def number(self, series, no, date, name):
        key = (series, date[:4])
        self.acts[key] += 1
        need(self.acts[key] == int(no), f"{name}: act {series} {no} is not the next")

    def receipt(self, event):
        document, total = event["document"], 0
        need(document["date"] <= event["date"], f"{event['id']}: the document is later than its row")
        key = (event["source"], document["kind"], document["no"], document["date"])
        need(key not in self.documents, f"{event['id']}: the same document again")
        self.documents.add(key)
        if document["kind"] == "ACCEPTANCE_ACT":
            self.number("ACCEPTANCE", document["no"], document["date"], event["id"])
        for line in event["lines"]:
            total += self.receive(event, line)
        total += sum(line["copies"] * line["price_kop"] for line in event.get("non_fund_lines", []))
        need(total == document["total_kop"], f"{event['id']}: {total} is not the total of the document")

    def receive(self, event, line):
        title = self.titles[line["title"]]
        need(title["fund"] == event["fund"], f"{event['id']}: {title['id']} is of another fund")
        if "inv" in line:
            for inv in line["inv"]:
                need(inv == self.next_inv, f"{event['id']}: number {inv} is not the next")
                self.next_inv += 1
                self.put_copy(inv, title["id"], line["price_kop"])
            return len(line["inv"]) * line["price_kop"]
        if "card_no" in line:
            self.put_layer(line["card_no"], line["layer"], title["id"], line["copies"], line["price_kop"])
        else:
            need(not title["on_balance"] and "periodical" in line, f"{event['id']}: what is {title['id']}?")
            self.move("MAIN", line["copies"], line["copies"] * line["price_kop"])
        return line["copies"] * line["price_kop"]

    def withdrawal(self, event):
        act = event["act"]
        self.number("WITHDRAWAL", act["no"], act["date"], event["id"])
        need(act["date"] <= act["approved"] == event["date"], f"{event['id']}: dates of the act")
        for line in event["lines"]:
            if "inv" in line:
                self.take_copy(event, line["inv"])
            else:
                title, copies, kopecks = self.layers[line["card_no"], line["layer"]]
                need(title == line["title"] and copies >= line["copies"], f"{event['id']}: card {line['card_no']}")
                self.layers[line["card_no"], line["layer"]][1] -= line["copies"]
                self.move("TEXTBOOK", -line["copies"], -line["copies"] * kopecks)

    def take_copy(self, event, inv):
        loss = {"ON_LOAN", "LOST_CLAIMED", "MISSING"}
        allowed = loss if event["reason"] == "LOSS" else {"AVAILABLE"}
        need(self.state[inv] in allowed, f"{event['id']}: number {inv} is {self.state[inv]}")
        self.state[inv] = "WITHDRAWN"
        self.move("MAIN", -1, -self.copies.pop(inv)[1])

    def loss_claim(self, event):
        need(self.state[event["inv"]] in ("AVAILABLE", "ON_LOAN"), f"{event['id']}: state")
        self.state[event["inv"]] = "LOST_CLAIMED"

    def found(self, event):
        need(self.state[event["inv"]] in ("MISSING", "LOST_CLAIMED"), f"{event['id']}: state")
        self.state[event["inv"]] = "AVAILABLE"

    def check_start(self, event):
        for inv in event["on_loan_inv"]:
            need(self.state[inv] == "AVAILABLE", f"{event['id']}: number {inv} cannot be on loan")
            self.state[inv] = "ON_LOAN"

    def check_close(self, event):
        self.number("CHECK", event["act"]["no"], event["act"]["date"], event["id"])
        for inv in event["missing_inv"]:
            need(self.state[inv] == "AVAILABLE", f"{event['id']}: number {inv} cannot be missing")
            self.state[inv] = "MISSING"

    def year_close(self, event):
        need(event["date"] == f"{event['year']}-12-31", f"{event['id']}: a year ends on 31 December")
        self.closed = event["date"]

    def line(self):
        cards = [layer for layer in self.layers.values() if layer[1]]
        need(sum(layer[1] for layer in cards) == self.balance["TEXTBOOK"][0], "cards do not add up")
        need(sum(layer[1] * layer[2] for layer in cards) == self.balance["TEXTBOOK"][1], "cards do not add up")
        return ", ".join(f"{fund}: {copies} copies, {kopecks / 100:.2f} RUB"
                         for fund, (copies, kopecks) in self.balance.items())
