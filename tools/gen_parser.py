"""Writes the parser, grammar_parser.c and grammar_tokens.h, from CPython's python.gram (PEP 617).

Usage: gen_parser.py python.gram tokens.def grammar_tokens.h grammar_parser.c

Each rule becomes a C function that returns what the rule's action makes, or NULL when it does not
match (or when p->error is set). What is done beyond a plain translation:

  - FIRST sets: an alternative is not tried when the next token cannot start it. That is only done
    where trying it would have had no effect (it would have looked at that one token and no further),
    because error messages are placed at the furthest token looked at.
  - Left factoring: neighbouring alternatives share what they have in common at their beginning.
  - Direct left recursion is a loop.
  - Memoization happens where the grammar says (memo), and during the first pass only where a rule is
    really entered more than once at the same token (FIRST_PASS_MEMO).

Actions are C expressions written for CPython's parser; their names are translated (`Actions`), and
src/syntax/actions.c gives them their meaning.
"""
import re
import sys

# ---- the grammar of grammars


class Item:
    """One element of an alternative. kind: token, soft, rule, group, opt, loop0, loop1, gather,
    look, not, force, cut."""

    def __init__(self, kind, value=None, *, extra=None):
        self.kind, self.value, self.extra = kind, value, extra
        self.name = self.type = None

    def key(self):
        """What it means, without the name it is bound to."""
        def of(x):
            if isinstance(x, Item):
                return x.key()
            if isinstance(x, list):
                return tuple((tuple(i.key() for i in alt.items), alt.action) for alt in x)
            return x
        return (self.kind, of(self.value), of(self.extra))


class Alternative:
    def __init__(self, items, action):
        self.items, self.action = items, action


class Rule:
    def __init__(self, name, type_name, memo, alternatives):
        self.name, self.type, self.memo, self.alternatives = name, type_name, memo, alternatives


TOKEN_RE = re.compile(r"""
    (?P<space>[ \t]+|\#[^\n]*) | (?P<newline>\n) | (?P<trailer>@\w+\s+'''.*?''') |
    (?P<string>'[^'\n]*'|"[^"\n]*") | (?P<name>\w+) | (?P<op>&&|[][(){}|=:&!~?*+.@;,<>-]) | (?P<other>.)
""", re.X | re.S)


class GrammarReader:
    def __init__(self, text):
        self.text = text
        self.rules = {}
        header = re.compile(r"^(\w+)(?:\[([^\]\n]*)\])?[ \t]*(\(memo\))?[ \t]*:", re.M)
        text = re.sub(r"@\w+\s+'''.*?'''", "", text, flags=re.S)
        matches = list(header.finditer(text))
        for i, m in enumerate(matches):
            end = matches[i + 1].start() if i + 1 < len(matches) else len(text)
            self.body, self.at = text[m.end():end], 0
            alternatives = self.alternatives()
            self.skip()
            assert self.at == len(self.body), (m[1], self.body[self.at:])
            self.rules[m[1]] = Rule(m[1], m[2], bool(m[3]), alternatives)

    def skip(self):
        m = re.compile(r"(\s|#[^\n]*)*").match(self.body, self.at)
        self.at = m.end()

    def peek(self, text):
        self.skip()
        return self.body.startswith(text, self.at)

    def take(self, text):
        if self.peek(text):
            self.at += len(text)
            return True
        return False

    def match(self, pattern):
        self.skip()
        m = re.compile(pattern).match(self.body, self.at)
        if m:
            self.at = m.end()
        return m

    def alternatives(self):
        self.take("|")
        result = [self.alternative()]
        while self.take("|"):
            result.append(self.alternative())
        return result

    def alternative(self):
        items, taken = [], set()
        while True:
            self.skip()
            if self.at >= len(self.body) or self.body[self.at] in "|)]}":
                return Alternative(items, None)
            if self.body[self.at] == "{":
                return Alternative(items, self.action())
            item = self.named_item()
            while item.name in taken:
                item.name += "_1"  # actions mean the first of that name
            if item.name:
                taken.add(item.name)
            items.append(item)

    def action(self):
        depth, start = 0, self.at
        while True:
            m = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|.', re.S).match(self.body, self.at)
            self.at = m.end()
            if m[0] == "{":
                depth += 1
            elif m[0] == "}":
                depth -= 1
                if not depth:
                    return " ".join(self.body[start + 1:self.at - 1].split())

    def named_item(self):
        m = self.match(r"(\w+)(?:\[([^\]\n]*)\])?[ \t]*=(?!=)")
        item = self.item()
        if m:
            item.name, item.type = m[1], m[2]
        return item

    def item(self):
        if self.take("&&"):
            return Item("force", self.atom())
        if self.take("&"):
            return Item("look", self.atom())
        if self.take("!"):
            return Item("not", self.atom())
        if self.take("~"):
            return Item("cut")
        if self.take("["):
            alternatives = self.alternatives()
            assert self.take("]")
            return Item("opt", self.simplify(alternatives))
        atom = self.atom()
        if self.take("?"):
            return Item("opt", atom)
        if self.take("*"):
            return Item("loop0", atom)
        if self.take("+"):
            return Item("loop1", atom)
        if self.peek(".") and atom.kind in ("token", "soft"):
            self.take(".")
            element = self.atom()
            assert self.take("+")
            return Item("gather", element, extra=atom)
        return atom

    def simplify(self, alternatives):
        """A group of one bare item is that item."""
        if len(alternatives) == 1 and alternatives[0].action is None:
            items = alternatives[0].items
            if len(items) == 1 and not items[0].name:
                return items[0]
        return Item("group", alternatives)

    def atom(self):
        if self.take("("):
            alternatives = self.alternatives()
            assert self.take(")")
            return self.simplify(alternatives)
        m = self.match(r"'([^']*)'")
        if m:
            return Item("token", m[1])
        m = self.match(r'"([^"]*)"')
        if m:
            return Item("soft", m[1])
        m = self.match(r"\w+")
        name = m[0]
        return Item("token" if name.isupper() and name not in ("NAME", "NUMBER", "SOFT_KEYWORD")
                    else "rule", name)


# ---- names of tokens

class Tokens:
    def __init__(self, path, rules):
        self.spelling, self.kinds = {}, []
        for m in re.finditer(r'^TOKEN\((\w+), (?:NULL|"([^"]*)")\)', open(path).read(), re.M):
            self.kinds.append(m[1])
            if m[2]:
                self.spelling[m[2]] = "TOK_" + m[1]
        self.keywords, self.soft = set(), set()

        def visit(x):
            if isinstance(x, Item):
                if x.kind == "token" and x.value.isidentifier() and not x.value.isupper():
                    self.keywords.add(x.value)
                if x.kind == "soft" and x.value.isidentifier():
                    self.soft.add(x.value)
                visit(x.value)
                visit(x.extra)
            elif isinstance(x, list):
                for alternative in x:
                    for item in alternative.items:
                        visit(item)
        for rule in rules.values():
            visit(rule.alternatives)
        self.keywords, self.soft = sorted(self.keywords), sorted(self.soft)
        self.number = {"TOK_" + k: i for i, k in enumerate(self.kinds)}
        for i, keyword in enumerate(self.keywords):
            self.number[self.c_name(keyword)] = 64 + i
        assert 64 + len(self.keywords) <= 128

    def c_name(self, text):
        if text in self.spelling:
            return self.spelling[text]
        if text.isupper() and text in self.kinds:
            return "TOK_" + text
        return "KEYWORD_" + text


# ---- translating actions

C_TYPES = {
    "mod_ty": "Mod *", "stmt_ty": "Stmt *", "expr_ty": "Expr *", "arguments_ty": "Arguments *",
    "arg_ty": "Arg *", "keyword_ty": "Keyword *", "alias_ty": "Alias *", "withitem_ty": "WithItem *",
    "comprehension_ty": "Comprehension *", "excepthandler_ty": "ExceptHandler *",
    "pattern_ty": "Pattern *", "match_case_ty": "MatchCase *", "asdl_seq*": "void *",
    "asdl_int_seq*": "CmpOpSeq *", "asdl_stmt_seq*": "StmtSeq *", "asdl_expr_seq*": "ExprSeq *",
    "asdl_alias_seq*": "AliasSeq *", "asdl_arg_seq*": "ArgSeq *",
    "asdl_keyword_seq*": "KeywordSeq *", "asdl_identifier_seq*": "IdentifierSeq *",
    "asdl_withitem_seq*": "WithItemSeq *", "asdl_excepthandler_seq*": "ExceptHandlerSeq *",
    "asdl_match_case_seq*": "MatchCaseSeq *", "asdl_pattern_seq*": "PatternSeq *",
    "asdl_comprehension_seq*": "ComprehensionSeq *", "Token*": "Token *",
    "AugOperator*": "AugOperator *", "CmpopExprPair*": "CmpopExprPair *",
    "KeyValuePair*": "KeyValuePair *", "KeyPatternPair*": "KeyPatternPair *",
    "NameDefaultPair*": "NameDefaultPair *", "SlashWithDefault*": "SlashWithDefault *",
    "StarEtc*": "StarEtc *", "KeywordOrStarred*": "KeywordOrStarred *", "void*": "void *",
}

CONSTANTS = {"Py_None": "NONE", "Py_True": "TRUE_OBJECT", "Py_False": "FALSE_OBJECT",
             "Py_Ellipsis": "ELLIPSIS", "PyExc_SyntaxError": "&exc_SyntaxError"}
for prefix, words in (("CTX", "Load Store Del"), ("BOOLOP", "And Or"),
                      ("OPERATOR", "Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor "
                                   "BitAnd FloorDiv"),
                      ("UNARYOP", "Invert Not UAdd USub"),
                      ("CMPOP", "Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn")):
    for word in words.split():
        CONSTANTS[word] = f"{prefix}_{word}"


def c_type(name):
    return C_TYPES[name.replace(" ", "")] if name else "void *"


def split_arguments(text):
    """Splits at top-level commas."""
    parts, depth, start = [], 0, 0
    for m in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|.', text, re.S):
        if m[0] in "([{":
            depth += 1
        elif m[0] in ")]}":
            depth -= 1
        elif m[0] == "," and not depth:
            parts.append(text[start:m.start()].strip())
            start = m.end()
    parts.append(text[start:].strip())
    return parts


class Actions:
    """Translates an action; says whether it needs the positions of the rule's first and last token."""

    CALL = re.compile(r"\b(CHECK_VERSION|CHECK_NULL_ALLOWED|CHECK|RAISE_\w+|NEW_TYPE_COMMENT|"
                      r"PyPegen_first_item|PyPegen_last_item|asdl_seq_LEN|asdl_seq_GET|"
                      r"PyBytes_AS_STRING)\s*\(")

    def translate(self, text):
        text = self.calls(text)
        pieces = re.split(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')', text)
        for i in range(0, len(pieces), 2):
            piece = pieces[i]
            for name, c in C_TYPES.items():
                spaced = re.escape(name).replace(r"\*", r"\s*\*")
                piece = re.sub(r"\(\s*" + spaced + r"\s*\)", f"({c})", piece)
            piece = re.sub(r"\b_PyAST_(\w+)", r"ast_\1", piece)
            piece = re.sub(r"\b_PyPegen_(\w+)", r"action_\1", piece)
            piece = re.sub(r"(?<![\w.>])(" + "|".join(CONSTANTS) + r")\b",
                           lambda m: CONSTANTS[m[1]], piece)
            piece = re.sub(r"\bEXTRA\b", "first->lineno, first->col_offset, last->end_lineno, "
                                         "last->end_col_offset, p->arena", piece)
            pieces[i] = piece
        return "".join(pieces)

    def calls(self, text):
        m = self.CALL.search(text)
        if not m:
            return text
        depth, end = 1, m.end()
        for token in re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|.', re.S).finditer(text, m.end()):
            if token[0] == "(":
                depth += 1
            elif token[0] == ")":
                depth -= 1
                if not depth:
                    end = token.start()
                    break
        args = split_arguments(text[m.end():end])
        return text[:m.start()] + self.call(m[1], [self.calls(a) for a in args]) + self.calls(text[end + 1:])

    def call(self, name, args):
        rest = lambda n: "".join(", " + a for a in args[n:])
        if name == "CHECK_VERSION":
            return f"({c_type(args[0])})check_version(p, {args[1]}, {args[2]}, {args[3]})"
        if name == "CHECK":
            return f"({c_type(args[0])})check(p, {args[1]})"
        if name == "CHECK_NULL_ALLOWED":
            return f"({c_type(args[0])})check_null_allowed(p, {args[1]})"
        if name == "NEW_TYPE_COMMENT":
            return f"new_type_comment(p, {args[1]})"
        if name == "PyPegen_first_item":
            return f"(({c_type(args[1])})seq_first({args[0]}))"
        if name == "PyPegen_last_item":
            return f"(({c_type(args[1])})seq_last({args[0]}))"
        if name == "asdl_seq_LEN":
            return f"{args[0]}->count"
        if name == "asdl_seq_GET":
            return f"{args[0]}->items[{args[1]}]"
        if name == "PyBytes_AS_STRING":
            return f"token_text(p, {args[0].replace('->bytes', '')})"
        if name == "RAISE_SYNTAX_ERROR":
            return f"raise_here(p, &exc_SyntaxError{rest(0)})"
        if name == "RAISE_INDENTATION_ERROR":
            return f"raise_here(p, &exc_IndentationError{rest(0)})"
        if name == "RAISE_ERROR_KNOWN_LOCATION":
            return f"raise_at({', '.join(args)})"
        if name == "RAISE_SYNTAX_ERROR_INVALID_TARGET":
            return f"raise_invalid_target(p, {args[0]}, {args[1]})"
        a, start = args[0], lambda x: f"{x}->lineno, {x}->col_offset"
        end = lambda x: f"{x}->end_lineno, {x}->end_col_offset"
        if name == "RAISE_SYNTAX_ERROR_KNOWN_LOCATION":
            return f"raise_at(p, &exc_SyntaxError, {start(a)}, {end(a)}{rest(1)})"
        if name == "RAISE_SYNTAX_ERROR_KNOWN_RANGE":
            return f"raise_at(p, &exc_SyntaxError, {start(a)}, {end(args[1])}{rest(2)})"
        if name == "RAISE_SYNTAX_ERROR_STARTING_FROM":
            return f"raise_at(p, &exc_SyntaxError, {start(a)}, CURRENT_POSITION, CURRENT_POSITION{rest(1)})"
        raise ValueError(name)


# ---- sets of first tokens

ALL = frozenset(range(128))


class Analysis:
    def __init__(self, rules, tokens):
        self.rules, self.tokens = rules, tokens
        self.nullable = {name: False for name in rules}
        self.first = {name: frozenset() for name in rules}
        changed = True
        while changed:
            changed = False
            for rule in rules.values():
                nullable = any(self.alternative_nullable(a.items) for a in rule.alternatives)
                first = frozenset().union(*(self.effect(a.items)[0] for a in rule.alternatives))
                if nullable != self.nullable[rule.name] or first != self.first[rule.name]:
                    self.nullable[rule.name], self.first[rule.name] = nullable, first
                    changed = True

    def alternative_nullable(self, items):
        return all(self.item_nullable(i) for i in items)

    def item_nullable(self, item):
        if item.kind in ("opt", "loop0", "look", "not", "cut"):
            return True
        if item.kind == "rule":
            return self.nullable.get(item.value, False)
        if item.kind == "group":
            return any(self.alternative_nullable(a.items) for a in item.value)
        if item.kind in ("loop1", "gather"):
            return self.item_nullable(item.value)
        return False

    def is_token_set(self, item):
        """Looks at one token only."""
        if item.kind == "token" or (item.kind == "rule" and item.value in ("NAME", "NUMBER")):
            return True
        if item.kind == "group":
            return all(len(a.items) == 1 and self.is_token_set(a.items[0]) for a in item.value)
        if item.kind == "rule" and item.value in self.rules:
            rule = self.rules[item.value]
            return all(len(a.items) == 1 and a.action is None and a.items[0].kind == "token"
                       for a in rule.alternatives)
        return False

    def item_first(self, item):
        """The tokens at which trying the item does more than to look at that token."""
        if item.kind == "token":
            return frozenset([self.tokens.number[self.tokens.c_name(item.value)]])
        if item.kind == "soft":
            return (frozenset([self.tokens.number[self.tokens.spelling[item.value]]])
                    if item.value in self.tokens.spelling else
                    frozenset([self.tokens.number["TOK_NAME"]]))
        if item.kind == "rule":
            if item.value in ("NAME", "SOFT_KEYWORD"):
                return frozenset([self.tokens.number["TOK_NAME"]])
            if item.value == "NUMBER":
                return frozenset([self.tokens.number["TOK_NUMBER"]])
            return self.first[item.value]
        if item.kind == "group":
            return frozenset().union(*(self.effect(a.items)[0] for a in item.value))
        if item.kind in ("opt", "loop0", "loop1", "gather", "look"):
            return self.item_first(item.value)
        if item.kind == "not":
            return frozenset() if self.is_token_set(item.value) else self.item_first(item.value)
        if item.kind == "force":
            return ALL
        return frozenset()

    def effect(self, items):
        """(tokens at which the alternative does something, whether it can match nothing)."""
        result = frozenset()
        for item in items:
            result |= self.item_first(item)
            if item.kind == "look" and not self.item_nullable(item.value):
                return result, False
            if not self.item_nullable(item):
                return result, False
        return ALL, True  # it can match without a token: never skipped


# ---- C code

# Rules that are worth remembering in the first pass: those entered again at the same token.
FIRST_PASS_MEMO = {"simple_stmt", "block", "expression", "strings", "arguments", "star_target",
                   "target_with_star_atom", "del_target", "closed_pattern", "star_pattern",
                   "t_primary"}


class Generator:
    def __init__(self, rules, tokens):
        self.rules, self.tokens = rules, tokens
        self.analysis = Analysis(rules, tokens)
        self.actions = Actions()
        self.out = []
        self.helpers = []     # functions of groups and loops, in the order in which they are met
        self.helper_names = {}
        self.memo_rules = []
        self.counter = 0

    # -- small pieces

    def set_test(self, tokens, variable):
        if tokens == ALL or len(tokens) > 120:
            return None
        if not tokens:
            return "false"
        if len(tokens) <= 2:
            names = {v: k for k, v in self.tokens.number.items()}
            return " || ".join(f"{variable} == {names[t]}" for t in sorted(tokens))
        low = sum(1 << t for t in tokens if t < 64)
        high = sum(1 << t - 64 for t in tokens if t >= 64)
        return f"in_set({variable}, {low:#x}ull, {high:#x}ull)"

    def token_group(self, item):
        """The tokens of a group that is a plain choice of tokens, else None."""
        if item.kind == "rule" and item.value in self.rules and item.value == "t_lookahead":
            item = Item("group", self.rules[item.value].alternatives)
        if item.kind != "group":
            return None
        tokens = set()
        for alternative in item.value:
            if (len(alternative.items) != 1 or alternative.action is not None
                    or alternative.items[0].kind != "token"):
                return None
            tokens |= self.analysis.item_first(alternative.items[0])
        return frozenset(tokens)

    def item_type(self, item):
        if item.type:
            return c_type(item.type)
        if item.kind == "rule":
            if item.value in ("NAME", "NUMBER", "SOFT_KEYWORD"):
                return "Expr *"
            return c_type(self.rules[item.value].type)
        if item.kind == "token" or (item.kind == "force" and item.value.kind == "token"):
            return "Token *"
        if item.kind == "soft":
            return "Expr *" if item.value.isidentifier() else "Token *"
        if item.kind == "opt":
            return self.item_type(item.value)
        if item.kind == "group":
            if self.token_group(item) is not None:
                return "Token *"
            return "void *"
        if item.kind in ("loop0", "loop1", "gather"):
            return "AnySeq *"
        return "void *"

    def call(self, item):
        """A C expression that parses the item and gives NULL when it does not match."""
        if item.kind == "token":
            return f"expect(p, {self.tokens.c_name(item.value)})"
        if item.kind == "soft":
            if item.value in self.tokens.spelling:
                return f"expect(p, {self.tokens.spelling[item.value]})"
            return f"expect_soft(p, SOFT_{item.value})"
        if item.kind == "rule":
            fixed = {"NAME": "name_token(p)", "NUMBER": "number_token(p)",
                     "SOFT_KEYWORD": "soft_keyword_token(p)"}
            return fixed.get(item.value) or f"rule_{item.value}(p)"
        if item.kind == "force":
            return f"expect_forced(p, {self.tokens.c_name(item.value.value)}, \"{item.value.value}\")"
        tokens = self.token_group(item)
        if tokens is not None:
            return f"expect_any(p, {self.set_arguments(tokens)})"
        return f"{self.helper(item)}(p)"

    def set_arguments(self, tokens):
        return (f"{sum(1 << t for t in tokens if t < 64):#x}ull, "
                f"{sum(1 << t - 64 for t in tokens if t >= 64):#x}ull")

    def condition(self, item, variable):
        """A C condition: the item matches; binds `variable` when it is not None."""
        if item.kind == "cut":
            return "(cut = true)"
        if item.kind in ("look", "not"):
            positive = item.kind == "look"
            inner = item.value
            tokens = self.token_group(inner)
            if inner.kind == "token":
                tokens = self.analysis.item_first(inner)
            if tokens is not None:
                return f"{'' if positive else '!'}looks_at(p, {self.set_arguments(tokens)})"
            name = self.call(inner)
            function = re.fullmatch(r"(\w+)\(p\)", name)
            if function:
                return f"{'' if positive else '!'}{self.lookahead(function[1])}(p)"
            soft = re.fullmatch(r"expect_soft\(p, (\w+)\)", name)
            return f"{'' if positive else '!'}looks_at_soft(p, {soft[1]})"
        if item.kind == "opt":
            inner = self.call(item.value)
            assign = f"{variable} = {inner}" if variable else f"(void){inner}"
            return f"({assign}, !p->error)"
        call = self.call(item)
        return f"({variable} = {call})" if variable else call

    def helper(self, item):
        key = item.key()
        if key in self.helper_names:
            return self.helper_names[key]
        self.counter += 1
        name = f"{item.kind}_{self.counter}"
        self.helper_names[key] = name
        if item.kind == "group":
            rule = Rule(name, None, False, item.value)
            self.helpers.append((name, lambda: self.rule_body(rule, f"static void *{name}(Parser *p)")))
        else:
            self.helpers.append((name, lambda: self.loop(name, item)))
        return name

    def lookahead(self, function):
        """The name of the C function that tells whether `function` would match here, and takes nothing."""
        name = f"looks_like_{function}"
        if name not in self.helper_names:
            self.helper_names[name] = name
            self.helpers.append((name, lambda: [
                f"static bool {name}(Parser *p) {{", "    size_t mark = p->mark;",
                f"    bool matches = {function}(p) != NULL;", "    p->mark = mark;", "    return matches;", "}"]))
        return name

    # -- functions

    def loop(self, name, item):
        out = [f"static void *{name}(Parser *p) {{",
               "    if (UNLIKELY(!enter(p))) {\n        return NULL;\n    }"]
        first = self.set_test(self.analysis.item_first(item.value), "token")
        out += ["    size_t base = p->stack_size, mark = p->mark;", "    void *element;"]
        call = self.call(item.value)
        if item.kind == "gather":
            out += [f"    while ((element = {call})) {{",
                    "        if (!push(p, element)) {\n            return leave(p, NULL);\n        }",
                    "        mark = p->mark;",
                    f"        if (!{self.call(item.extra)}) {{\n            break;\n        }}", "    }"]
        else:
            if first and item.value.kind == "rule" and item.value.value in self.rules:
                out += ["    int token;",
                        f"    while ((token = current(p)) >= 0 && ({first}) && (element = {call})) {{"]
            else:
                out += [f"    while ((element = {call})) {{"]
            out += ["        if (!push(p, element)) {\n            return leave(p, NULL);\n        }",
                    "        mark = p->mark;", "    }"]
        out += ["    p->mark = mark;"]
        failed = "p->error" if item.kind == "loop0" else "p->error || p->stack_size == base"
        out += [f"    if ({failed}) {{", "        p->stack_size = base;",
                "        return leave(p, NULL);", "    }",
                "    return leave(p, pop_sequence(p, base));", "}"]
        return out

    def uses_invalid(self, alternative):
        """Whether the first pass leaves an alternative out: it is an invalid_ rule and nothing else. (Those that
        have more around it are tried in both.)"""
        first = alternative.items[0]
        return len(alternative.items) == 1 and first.kind == "rule" and first.value.startswith("invalid_")

    def group_alternatives(self, alternatives):
        """Neighbours with the same first item (and the same guard) go together."""
        groups = []
        for alternative, items, guarded in alternatives:
            if (groups and not guarded and not groups[-1][0][2] and items and groups[-1][0][1]
                    and items[0].key() == groups[-1][0][1][0].key() and items[0].kind != "cut"):
                groups[-1].append((alternative, items, guarded))
            else:
                groups.append([(alternative, items, guarded)])
        return groups

    def emit_alternatives(self, out, alternatives, depth, mark, bound, context):
        """`alternatives`: (alternative, remaining items, guarded). `bound`: {id(alternative): names}."""
        pad = "    " * depth
        token_known = context["token"] if mark == "mark" else None
        for group in self.group_alternatives(alternatives):
            alternative, items, guarded = group[0]
            tests = []
            if guarded:
                tests.append("p->invalid_pass")
            if token_known and items:
                first = frozenset().union(*(self.analysis.effect(i)[0] for _, i, _ in group))
                test = self.set_test(first, token_known)
                if test:
                    tests.append(f"({test})" if guarded and "||" in test else test)
            inner = depth
            if tests:
                out.append(f"{pad}if ({' && '.join(tests)}) {{")
                inner += 1
            if len(group) == 1:
                self.emit_single(out, alternative, items, inner, mark, bound, context)
            else:
                self.emit_shared(out, group, inner, mark, bound, context)
            if tests:
                out.append(f"{pad}}}")

    def bind(self, alternative, item, bound, out, pad):
        """Declares the variable of a named item; returns its C name, or None."""
        if not item.name:
            return None
        names = bound.setdefault(id(alternative), {})
        name = item.name
        names[name] = True
        out.append(f"{pad}{self.item_type(item)}{name} = NULL;")
        return name

    def emit_single(self, out, alternative, items, depth, mark, bound, context):
        pad = "    " * depth
        out.append(f"{pad}{{")
        pad += "    "
        # The names under which this alternative knows what it shares with its neighbours.
        out += [pad + alias for alias in context.get("aliases", {}).get(id(alternative), [])]
        conditions, has_cut = [], any(i.kind == "cut" for i in items)
        if has_cut:
            out.append(f"{pad}bool cut = false;")
        for item in items:
            name = self.bind(alternative, item, bound, out, pad)
            if name is None and alternative.action is None and item.kind not in ("look", "not", "cut"):
                meaningful = [i for i in alternative.items if i.kind not in ("look", "not", "cut")]
                if len(meaningful) == 1:
                    name = "only"
                    out.append(f"{pad}{self.item_type(item)}only = NULL;")
            conditions.append(self.condition(item, name))
        self.emit_success(out, alternative, conditions, pad, bound, context)
        out.append(f"{pad}p->mark = {mark};")
        out.append(f"{pad}if (p->error{' || cut' if has_cut else ''}) {{")
        out.append(f"{pad}    {context['fail']}")
        out.append(f"{pad}}}")
        out.append("    " * depth + "}")

    def emit_success(self, out, alternative, conditions, pad, bound, context):
        if conditions:
            out.append(f"{pad}if ({(chr(10) + pad + '    && ').join(conditions)}) {{")
        else:
            out.append(f"{pad}{{")
        names = bound.get(id(alternative), {})
        action = alternative.action
        if action is None:
            meaningful = [i for i in alternative.items if i.kind not in ("look", "not", "cut")]
            if len(meaningful) == 1:
                item = meaningful[0]
                value = item.name or context.get("only", {}).get(id(alternative)) or "only"
            else:
                value = "&dummy_result"
            out.append(f"{pad}    result = {value};")
        else:
            translated = self.actions.translate(action)
            if "last->" in translated:
                out.append(f"{pad}    const Token *last = last_token(p);")
            out.append(f"{pad}    result = {translated};")
            out.append(f"{pad}    if (UNLIKELY(!result) && error_occurred()) {{")
            out.append(f"{pad}        p->error = true;")
            out.append(f"{pad}        {context['fail']}")
            out.append(f"{pad}    }}")
        out.append(f"{pad}    {context['done']}")
        out.append(f"{pad}}}")

    def emit_shared(self, out, group, depth, mark, bound, context):
        """Alternatives with a common beginning: parse that once, then try what follows."""
        pad = "    " * depth
        shared = 0
        while all(len(items) > shared for _, items, _ in group) and \
                len({items[shared].key() for _, items, _ in group}) == 1 and \
                group[0][1][shared].kind != "cut":
            shared += 1
        out.append(f"{pad}{{")
        pad += "    "
        conditions, renames = [], {}
        for n in range(shared):
            item = group[0][1][n]
            named = next((items[n] for _, items, _ in group if items[n].name), None)
            needs_value = named is not None or any(
                a.action is None and item.kind not in ("look", "not", "cut") for a, _, _ in group)
            name = None
            if needs_value and item.kind not in ("look", "not", "cut"):
                self.counter += 1
                name = f"shared_{self.counter}"
                out.append(f"{pad}{self.item_type(named or item)}{name} = NULL;")
                for alternative, items, _ in group:
                    if items[n].name:
                        renames.setdefault(id(alternative), []).append((items[n], name))
                    else:
                        context.setdefault("only", {})[id(alternative)] = name
            conditions.append(self.condition(item, name))
        out.append(f"{pad}if ({(chr(10) + pad + '    && ').join(conditions)}) {{")
        self.counter += 1
        inner_mark = f"mark_{self.counter}"
        out.append(f"{pad}    size_t {inner_mark} = p->mark;")
        for alternative, items, _ in group:
            names = bound.setdefault(id(alternative), {})
            for item, shared_name in renames.get(id(alternative), []):
                names[item.name] = True
                if alternative.action and not re.search(rf"\b{item.name}\b",
                                                        self.actions.translate(alternative.action)):
                    continue
                context.setdefault("aliases", {}).setdefault(id(alternative), []).append(
                    f"{self.item_type(item)}{item.name} = {shared_name};")
        rest = [(a, items[shared:], g) for a, items, g in group]
        for sub in self.group_alternatives(rest):
            if len(sub) == 1:
                self.emit_single(out, sub[0][0], sub[0][1], depth + 2, inner_mark, bound, context)
            else:
                self.emit_shared(out, sub, depth + 2, inner_mark, bound, context)
        out.append(f"{pad}}}")
        out.append(f"{pad}p->mark = {mark};")
        out.append(f"{pad}if (p->error) {{")
        out.append(f"{pad}    {context['fail']}")
        out.append(f"{pad}}}")
        out.append("    " * depth + "}")

    def needs_positions(self, alternatives):
        return any(a.action and re.search(r"\bEXTRA\b", a.action) for a in alternatives)

    def rule_body(self, rule, signature, left_recursive=False):
        name = rule.name
        # In the second pass the memo follows the grammar: what expression_without_invalid has seen is seen so again.
        memo = rule.memo and not left_recursive
        loop_memo = left_recursive  # in the second pass; see FIRST_PASS_MEMO
        out = [f"{signature} {{", "    void *result = NULL;",
               "    if (UNLIKELY(!enter(p))) {\n        return NULL;\n    }"]
        if memo or loop_memo:
            self.memo_rules.append(name)
            condition = "" if name in FIRST_PASS_MEMO else "p->second_pass && "
            out += [f"    if ({condition}memo_find(p, MEMO_{name}, &result)) {{",
                    "        return leave(p, result);", "    }"]
        if name.endswith("_without_invalid"):
            out += ["    bool invalid_pass = p->invalid_pass;", "    p->invalid_pass = false;"]
        out += ["    size_t mark = p->mark;", "    int token = current(p);",
                "    if (UNLIKELY(token < 0)) {", "        goto fail;", "    }"]
        positions = self.needs_positions(rule.alternatives)
        if positions:
            out.append("    const Token *first = p->tokens[mark];")
        alternatives = [(a, a.items, self.uses_invalid(a)) for a in rule.alternatives]
        if name == "expression":
            out += ["    if (!p->invalid_pass && (result = simple_atom(p, token))) {",
                    "        goto done;", "    }"]
        context = {"token": "token", "fail": "goto fail;", "done": "goto done;"}
        if left_recursive:
            recursive = [(a, a.items[1:], g) for a, _, g in alternatives
                         if a.items[0].kind == "rule" and a.items[0].value == name]
            base = [x for x in alternatives
                    if not (x[0].items[0].kind == "rule" and x[0].items[0].value == name)]
            context["done"] = "goto grow;"
            self.emit_alternatives(out, base, 1, "mark", {}, context)
            out += ["    goto fail_quietly;", "grow:;", "    for (;;) {",
                    f"        {c_type(rule.type)}left = result;",
                    "        mark = p->mark;",
                    "        token = current(p);",
                    "        if (UNLIKELY(token < 0)) {\n            goto fail;\n        }"]
            first = frozenset().union(*(self.analysis.effect(i)[0] for _, i, _ in recursive))
            test = self.set_test(first, "token")
            out += [f"        if (!({test})) {{\n            break;\n        }}"]
            bound = {}
            seen = set()
            for a, _, _ in recursive:
                variable = a.items[0].name
                bound[id(a)] = {variable: True}
                if variable not in seen:
                    out.append(f"        {c_type(rule.type)}{variable} = left;")
                    seen.add(variable)
            context["done"] = "continue;"
            self.emit_alternatives(out, recursive, 2, "mark", bound, context)
            out += ["        result = left;", "        break;", "    }", "    goto done;",
                    "fail_quietly:", "    p->mark = mark;", "    goto done;"]
        else:
            self.emit_alternatives(out, alternatives, 1, "mark", {}, context)
            out += ["    goto done;"]
        out += ["fail:", "    result = NULL;"]
        out += [*(["    p->invalid_pass = invalid_pass;"] if name.endswith("_without_invalid") else []),
                "    return leave(p, NULL);"]
        out += ["done:"]
        if name.endswith("_without_invalid"):
            out.append("    p->invalid_pass = invalid_pass;")
        if memo or loop_memo:
            start = "start" if loop_memo else "mark"
            condition = "" if name in FIRST_PASS_MEMO else "p->second_pass && "
            out += [f"    if ({condition}!memo_insert(p, {start}, MEMO_{name}, result)) {{",
                    "        return leave(p, NULL);", "    }"]
            if loop_memo:
                out.insert(out.index("    size_t mark = p->mark;") + 1, "    size_t start = mark;")
        out += ["    return leave(p, result);", "}"]
        text = "\n".join(out)
        if "goto fail;" not in text:
            text = text.replace("fail:\n    result = NULL;\n", "")
        return text.split("\n")

    def seed_growing(self, rule):
        """Left recursion through another rule: grow the seed, as in Warth et al., "Packrat parsers
        can support left recursion"."""
        name, type_name = rule.name, c_type(rule.type)
        self.memo_rules.append(name)
        raw = Rule(name + "_raw", rule.type, False, rule.alternatives)
        out = self.rule_body(raw, f"static {type_name}rule_{name}_raw(Parser *p)")
        out += ["", f"static {type_name}rule_{name}(Parser *p) {{",
                "    void *result = NULL;",
                "    if (UNLIKELY(!enter(p))) {\n        return NULL;\n    }",
                f"    if (memo_find(p, MEMO_{name}, &result)) {{",
                "        return leave(p, result);", "    }",
                "    size_t mark = p->mark, result_mark = p->mark;", "    for (;;) {",
                f"        if (!memo_update(p, mark, MEMO_{name}, result, result_mark)) {{",
                "            return leave(p, NULL);", "        }",
                "        p->mark = mark;",
                f"        void *grown = rule_{name}_raw(p);",
                "        if (p->error) {\n            return leave(p, NULL);\n        }",
                "        if (!grown || p->mark <= result_mark) {\n            break;\n        }",
                "        result_mark = p->mark;", "        result = grown;", "    }",
                "    p->mark = result_mark;", "    return leave(p, result);", "}"]
        return out

    def is_left_recursive(self, rule):
        return any(a.items and a.items[0].kind == "rule" and a.items[0].value == rule.name
                   for a in rule.alternatives)

    def generate(self):
        prototypes, bodies = [], []
        for rule in self.rules.values():
            type_name = c_type(rule.type)
            signature = f"static {type_name}rule_{rule.name}(Parser *p)"
            prototypes.append(signature + ";")
            if rule.name == "t_lookahead":
                prototypes.pop()
                continue
            if rule.name == "attr":
                body = self.seed_growing(rule)
            else:
                body = self.rule_body(rule, signature, self.is_left_recursive(rule))
            bodies.append(f"// {rule.name}")
            bodies += body + [""]
        done = 0
        helper_bodies = []
        while done < len(self.helpers):
            _, make = self.helpers[done]
            done += 1
            body = make()
            prototypes.append(body[0].removesuffix(" {") + ";")
            helper_bodies += body + [""]
        out = ["// Generated by tools/gen_parser.py from python.gram.",
               '#include "syntax/actions.h"', "",
               "enum {"] + [f"    MEMO_{n}," for n in self.memo_rules] + ["};", ""]
        out += prototypes + [""] + bodies + helper_bodies
        out += ["void *parse_start_rule(Parser *p) {", "    switch (p->start) {",
                "    case START_FILE:\n        return rule_file(p);",
                "    case START_SINGLE:\n        return rule_interactive(p);",
                "    case START_EVAL:\n        return rule_eval(p);",
                "    case START_FUNC_TYPE:\n        return rule_func_type(p);",
                "    case START_FSTRING:\n        return rule_fstring(p);", "    }",
                "    return NULL;", "}", ""]
        return "\n".join(out)

    def header(self):
        out = ["// Generated by tools/gen_parser.py: the keywords of python.gram.", "#pragma once", "",
               '#include "syntax/tokenizer.h"', "", "enum {"]
        out += [f"    KEYWORD_{k} = {64 + i}," for i, k in enumerate(self.tokens.keywords)]
        out += ["};", "", "// Soft keywords are names; a token says which of these it spells.",
                "enum { SOFT_NONE, " + ", ".join(f"SOFT_{k}" for k in self.tokens.soft) + " };", "",
                "// The kind of the keyword that `text` spells, or TOK_NAME; *soft is set for names.",
                "static inline int keyword_kind(const char *text, size_t length, int *soft) {",
                "    switch (length) {"]
        lengths = sorted({len(k) for k in self.tokens.keywords + self.tokens.soft})
        for length in lengths:
            out.append(f"    case {length}:\n        switch (text[0]) {{")
            letters = sorted({k[0] for k in self.tokens.keywords + self.tokens.soft
                              if len(k) == length})
            for letter in letters:
                out.append(f"        case '{letter}':")
                for k in self.tokens.keywords:
                    if len(k) == length and k[0] == letter:
                        out.append(f"            if (!memcmp(text, \"{k}\", {length})) {{\n"
                                   f"                return KEYWORD_{k};\n            }}")
                for k in self.tokens.soft:
                    if len(k) == length and k[0] == letter:
                        out.append(f"            if (!memcmp(text, \"{k}\", {length})) {{\n"
                                   f"                *soft = SOFT_{k};\n            }}")
                out.append("            break;")
            out.append("        }\n        break;")
        out += ["    }", "    return TOK_NAME;", "}", ""]
        words = self.tokens.keywords + ["async", "await"]
        out += ["#define KEYWORD_LIST \\"] + [
            f'    "{w}",{" " + chr(92) if i < len(words) - 1 else ""}' for i, w in enumerate(sorted(words))]
        out.append("")
        return "\n".join(out)


def main(grammar_path, tokens_path, header_path, source_path):
    with open(grammar_path) as source:
        rules = GrammarReader(source.read()).rules
    tokens = Tokens(tokens_path, rules)
    generator = Generator(rules, tokens)
    source = generator.generate()
    with open(header_path, "w") as out:
        out.write(generator.header())
    with open(source_path, "w") as out:
        out.write(source)


if __name__ == "__main__":
    main(*sys.argv[1:])
