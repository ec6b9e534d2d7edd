"""Works out, without any code of ours, when cron expressions run next, and prints that as JSON.

    pip install croniter==6.0.0 tzdata && python3 scripts/cron-table.py > test/fixtures/cron/table.json

What the calendar matches is decided by croniter for five fields, and by set membership below for six. What clocks show
is decided by zoneinfo. Each row is found by looking at every minute, one after the other, which is slow and simple.
"""

import json
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

MINUTE = timedelta(minutes=1)
RANDOM = random.Random(20261125)


def members(text, low, high):
    if text == "*":
        return set(range(low, high + 1))
    if "-" in text:
        first, last = text.split("-")
        return set(range(int(first), int(last) + 1))
    return {int(part) for part in text.split(",")}


def matches(expression, shown):
    """Whether the calendar has `shown`, a time on a clock."""
    fields = expression.split(" ")
    if len(fields) == 5:
        return croniter.match(expression, shown)
    minute, hour, day, month, weekday, year = fields
    return (
        shown.minute in members(minute, 0, 59)
        and shown.hour in members(hour, 0, 23)
        and shown.day in members(day, 1, 31)
        and shown.month in members(month, 1, 12)
        and shown.isoweekday() % 7 in members(weekday, 0, 6)
        and shown.year in members(year, 1970, 2100)
    )


def clock(instant, zone):
    return instant.astimezone(zone)


def skipped_before(instant, zone):
    """The times on the clock that were jumped over right before `instant`."""
    before = clock(instant - MINUTE, zone).replace(tzinfo=None) + MINUTE
    now = clock(instant, zone).replace(tzinfo=None)
    while before < now:
        yield before
        before += MINUTE


def next_time(expression, zone, after, skipped, repeated, days):
    instant = after.replace(second=0, microsecond=0) + MINUTE
    end = after + timedelta(days=days)
    while instant < end:
        shown = clock(instant, zone)
        is_second_time = shown.fold == 1
        if not (is_second_time and repeated == "first") and matches(expression, shown.replace(tzinfo=None)):
            return instant
        if skipped == "next" and any(matches(expression, missing) for missing in skipped_before(instant, zone)):
            return instant
        instant += MINUTE
    return None


def far_next(expression, zone, after):
    """For what is far away: croniter's own search, for times that no change of clocks is near of."""
    shown = croniter(expression, clock(after, zone).replace(tzinfo=None)).get_next(datetime)
    return shown.replace(tzinfo=zone).astimezone(timezone.utc)


def row(expression, zone, after, found, skipped, repeated):
    stamp = lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "expression": expression,
        "zone": zone,
        "skipped": skipped,
        "repeated": repeated,
        "after": stamp(after),
        "next": stamp(found) if found else None,
    }


# Around each: Europe/Berlin and America/New_York (an hour), Australia/Lord_Howe (half an hour, southern).
CHANGES = {
    "Europe/Berlin": [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1)],
    "America/New_York": [datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6)],
    "Australia/Lord_Howe": [datetime(2026, 10, 3, 15, 30), datetime(2026, 4, 4, 15)],
}
NEAR = [
    "30 2 * * *",
    "0 2 * * *",
    "*/15 2 * * *",
    "15,45 1-3 * * *",
    "*/20 * * * *",
    "59 1 * * sun",
    "0 3 * * 7",
    "10 1 * * * *",
    "30 1,2 * * 0 2026",
]
POLICIES = [("next", "first"), ("next", "both"), ("skip", "first"), ("skip", "both")]
FAR = [
    "0 0 29 2 *",
    "0 12 1 jan *",
    "15 10 * * mon-fri",
    "0 0 13 * fri",
    "*/7 4 */10 * *",
    "5 4 1,15 * *",
    "0 22 * 6-8 1-5",
    "23 0-20/2 * * *",
    "0 9 31 * *",
    "0 0 1 1 *",
    "1 2 3 4 *",
    "0 6 * * sat,sun",
]
NOWHERE_NEAR = ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/Phoenix", "Pacific/Kiritimati"]


def rows():
    for name, changes in CHANGES.items():
        zone = ZoneInfo(name)
        for change in changes:
            for expression in NEAR:
                for skipped, repeated in RANDOM.sample(POLICIES, 3):
                    after = change.replace(tzinfo=timezone.utc) + timedelta(minutes=RANDOM.randint(-200, 80), seconds=RANDOM.choice([0, 17]))
                    found = next_time(expression, zone, after, skipped, repeated, 9)
                    yield row(expression, name, after, found, skipped, repeated)
    for name in NOWHERE_NEAR:
        zone = ZoneInfo(name)
        for expression in FAR:
            after = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=RANDOM.randint(0, 4 * 525_600))
            yield row(expression, name, after, far_next(expression, zone, after), "next", "first")


if __name__ == "__main__":
    print("[\n" + ",\n".join("  " + json.dumps(each) for each in rows()) + "\n]")
