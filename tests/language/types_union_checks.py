# isinstance and issubclass go through a union's members in turn: what comes behind the first that fits is not looked at.
for text in ("isinstance(1, int | list[int])", "isinstance('', int | list[int])", "issubclass(int, int | list[int])",
             "issubclass(str, int | list[int])", "isinstance([], int | str)", "isinstance(None, int | None)",
             "issubclass(1, int | str)", "issubclass(1, list[int] | int)", "(int | str).__instancecheck__"):
    try:
        print(text, eval(text))
    except (TypeError, AttributeError) as error:
        print(text, error)
