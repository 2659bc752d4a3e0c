#!/usr/bin/env python3
"""Has files that bankferry wrote read by readers that others wrote, and compares counts and sums.

    python3 tests/peers.py BANKFERRY

Needs the packages mt-940, bai2 and carta-ach. Prints a line a format; exit 1 when one differs, 2 when a
package is missing.
"""

import datetime
import decimal
import json
import subprocess
import sys

Dec = decimal.Decimal
COUNT = 40


def statement():
    """A statement of COUNT entries, as JSON lines."""
    lines = [{"type": "statement", "kind": "statement", "format": "x", "id": "STM1", "number": "7/1",
              "created": "2026-01-31T08:30:00", "from_date": "2026-01-31", "to_date": "2026-01-31",
              "account": {"id": "DE89370400440532013000", "iban": "DE89370400440532013000", "currency": "EUR"}}]
    sums = {"CRDT": Dec(0), "DBIT": Dec(0)}
    for n in range(1, COUNT + 1):
        side = "CRDT" if n % 3 else "DBIT"
        amount = Dec(n * 101) / 100
        sums[side] += amount
        lines.append({"type": "entry", "seq": n, "amount": "%.2f" % amount, "currency": "EUR", "indicator": side,
                      "reversal": False, "status": "BOOK", "booking_date": "2026-01-31", "value_date": "2026-01-%02d" % (1 + n % 28),
                      "reference": "R%d" % n, "bank_reference": "B%d" % n,
                      "details": [{"end_to_end_id": "E2E-%d" % n, "counterparty": {"name": "Company %d" % n,
                                   "account": "GB29NWBK60161331926819"}, "remittance": ["Invoice %d" % n]}]})
    opening = Dec("1000.00")
    closing = opening + sums["CRDT"] - sums["DBIT"]
    balance = lambda kind, value: {"type": kind, "amount": "%.2f" % value, "currency": "EUR", "indicator": "CRDT",
                                   "date": "2026-01-31"}
    lines.append({"type": "statement_end", "entries": COUNT, "credit_sum": "%.2f" % sums["CRDT"],
                  "debit_sum": "%.2f" % sums["DBIT"], "balances": [balance("OPBD", opening), balance("CLBD", closing)],
                  "findings": []})
    return finish(lines, "x"), sums, closing


def payments():
    """COUNT payments in US dollars, as JSON lines."""
    lines = [{"type": "payments", "format": "x", "message_id": "M1", "created": "2026-01-31T08:30:00",
              "initiating_party": "Acme", "initiating_party_id": "1210428822"},
             {"type": "group", "id": "1", "method": "TRF", "execution_date": "2026-02-02",
              "party": {"name": "Acme", "id": "1210428822"}, "agent": "12104288", "local_instrument": "CTX"}]
    total = Dec(0)
    for n in range(1, COUNT + 1):
        amount = Dec(n * 101) / 100
        total += amount
        lines.append({"type": "payment", "seq": n, "end_to_end_id": "E%d" % n, "amount": "%.2f" % amount, "currency": "USD",
                      "indicator": "CRDT", "counterparty": {"name": "Company %d" % n, "account": "1234%04d" % n,
                                                            "agent": "231380104"},
                      "remittance": ["Invoice %d-%d" % (n, i) for i in range(n % 4)]})
    lines.append({"type": "payments_end", "count": COUNT, "sums": {"USD": "%.2f" % total}, "findings": []})
    return finish(lines, "x"), total


def finish(lines, name):
    lines.append({"type": "end", "format": name, "documents": 1, "findings": []})
    return "".join(json.dumps(line) + "\n" for line in lines)


def convert(binary, to, text):
    done = subprocess.run([binary, "convert", "--from", "jsonl", "--to", to, "-", "-"], input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("ascii")


def check_mt940(binary):
    import mt940
    text, sums, closing = statement()
    transactions = mt940.parse(convert(binary, "mt940", text))
    amounts = [t.data["amount"].amount for t in transactions]
    assert len(amounts) == COUNT, len(amounts)
    assert sum(a for a in amounts if a > 0) == sums["CRDT"]
    assert -sum(a for a in amounts if a < 0) == sums["DBIT"]
    assert transactions.data["final_closing_balance"].amount.amount == closing
    assert transactions[0].data["date"] == datetime.date(2026, 1, 2)
    assert transactions[0].data["customer_reference"] == "R1"
    assert transactions[0].data["bank_reference"] == "B1"


def check_bai2(binary):
    from bai2 import bai2
    text, sums, _ = statement()
    file = bai2.parse_from_string(convert(binary, "bai2", text), check_integrity=True)
    account = file.children[0].children[0]
    cents = [(int(t.type_code.code), t.amount) for t in account.children]
    assert len(cents) == COUNT, len(cents)
    assert sum(amount for code, amount in cents if code < 400) == sums["CRDT"] * 100
    assert sum(amount for code, amount in cents if code >= 400) == sums["DBIT"] * 100


def check_nacha(binary):
    from ach.parser import Parser
    text, total = payments()
    file = Parser(convert(binary, "nacha", text)).as_dict()
    entries = file["batches"][0]["entries"]
    assert len(entries) == COUNT, len(entries)
    assert sum(Dec(e["entry_detail"]["amount"]) for e in entries) == total * 100
    assert int(file["file_control"]["entadd_count"]) == COUNT + sum(n % 4 for n in range(1, COUNT + 1))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = 0
    for name, check in (("mt940", check_mt940), ("bai2", check_bai2), ("nacha", check_nacha)):
        try:
            check(sys.argv[1])
            print("%-6s %d records, counts and sums as written" % (name, COUNT))
        except ImportError as error:
            print("%-6s not read: %s" % (name, error))
            failed = failed or 2
        except Exception as error:  # a reader of others may raise anything
            print("%-6s differs: %r" % (name, error))
            failed = 1
    sys.exit(failed)


if __name__ == "__main__":
    main()
