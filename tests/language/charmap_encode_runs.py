"""Encodings by tables: runs of what they have, and what their error handlers put in place of the rest."""
for enc in ("cp1251", "koi8-r", "cp437", "iso8859-2", "cp1252", "mac_cyrillic", "ascii"):
    for errors in ("ignore", "replace", "xmlcharrefreplace", "backslashreplace", "namereplace", "strict"):
        for text in ("abc" * 10, "Съешь ещё " * 40 + "\u4e2d\u6587" * 30 + "конец", "\u4e2d" * 5, "a\U0001F600b" * 9, "é\xffĀ" * 4, ""):
            try:
                print(enc, errors, text.encode(enc, errors))
            except UnicodeError as e:
                print(enc, errors, e)
