"""strings: regular expressions."""
import re

def run():
    text = " ".join(f"user{i}@example{i % 7}.org, 2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(2500))
    mails = re.findall(r"([\w.]+)@([\w.]+)", text)
    dates = re.sub(r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1", text)
    return len(mails), mails[99], hash(dates) is not None, dates[:40], len(re.split(r"[,\s]+", text))
