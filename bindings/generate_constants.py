#!/usr/bin/env python3
"""Makes the constants of a binding from the headers and the table of options, so that no number is written twice.

    generate_constants.py java|go|csharp OUTPUT_FOLDER

Reads capi/include/wombat.h, bindings/swig/wombat_shim.h and core/db/option_table.h of the tree it lies in. Files whose
text would not change are left alone.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTE = "Made by bindings/generate_constants.py. Do not edit."


class Constant:
    def __init__(self, name, value, comment):
        self.name = name  # as in C, without WOMBAT_
        self.value = value
        self.comment = comment


class Option:
    def __init__(self, name, default, help_text):
        self.name = name
        self.words = re.split(r"[._]", name)
        self.comment = help_text[0].upper() + help_text[1:] + f". Default: {default}." if default else \
            help_text[0].upper() + help_text[1:] + "."


def read_enums(path):
    """All enum constants of a header, one list an enum."""
    text = path.read_text(encoding="utf-8")
    enums = []
    for body in re.findall(r"\benum\s*\{(.*?)\};", text, re.S):
        constants = []
        for name, value, comment in re.findall(r"WOMBAT_(\w+)\s*=\s*(-?\d+(?:\s*<<\s*\d+)?),?[ \t]*(?:/\*(.*?)\*/)?", body, re.S):
            comment = "The call did what it was asked to do" if name == "OK" else comment
            constants.append(Constant(name, number(value), sentence(comment) or sentence(name.replace("_", " ").lower())))
        enums.append(constants)
    if not enums:
        sys.exit(f"{path}: no enums found")
    return enums


def number(text):
    base, _, shift = text.partition("<<")
    return int(base) << int(shift or 0)


def read_limits(path):
    found = re.findall(r"#define WOMBAT_(\w+_MAX) (\d+)u\b", path.read_text(encoding="utf-8"))
    return [Constant(name, int(value), "") for name, value in found]


def sentence(text):
    text = re.sub(r"\s+", " ", text).strip()
    return text[:1].upper() + text[1:] + ("." if text and text[-1] not in ".!?" else "")


def read_options(path):
    text = re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8"))
    found = re.findall(r'X\(\w+, "([a-z0-9_.]+)", \w+, "([^"]*)", .*?"((?:[^"\\]|\\.)*)"\)', text)
    if not found:
        sys.exit(f"{path}: no options found")
    return [Option(*fields) for fields in found]


def camel(words):
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def constant_words(constant):
    return constant.name.split("_")


def xml(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- Java ---------------------------------------------------------------------------------------------------------------


def java_status(statuses):
    items = ",\n\n".join(f"  /** {xml(s.comment)} */\n  {s.name}({s.value})"
                         for s in statuses)
    return f"""// {NOTE}
package org.wombatdb;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Outcome of a call, as {{@code wombat_status}} in {{@code wombat.h}}. */
public enum Status {{
{items},

  /** A failure that this version of the library does not know by name. */
  UNKNOWN(Integer.MIN_VALUE);

  private static final Map<Integer, Status> BY_CODE =
      Stream.of(values()).collect(Collectors.toMap(Status::code, Function.identity()));

  private final int code;

  Status(int code) {{
    this.code = code;
  }}

  /** {{@return the number of this status in {{@code wombat.h}}}} */
  public int code() {{
    return code;
  }}

  /** {{@return one sentence about what this status means and what to do}} */
  public String help() {{
    return Raw.status_help(code);
  }}

  /** {{@return whether a call that ended so may succeed later without anything being repaired}} */
  public boolean isRetryable() {{
    return Raw.status_is_retryable(code) != 0;
  }}

  static Status of(int code) {{
    return BY_CODE.getOrDefault(code, UNKNOWN);
  }}
}}
"""


def java_constants(constants):
    items = "\n".join(f"  static final int {c.name} = {c.value};" for c in constants)
    return f"""// {NOTE}
package org.wombatdb;

/** Numbers of {{@code wombat.h}} and {{@code wombat_shim.h}}. */
final class Constants {{
{items}

  private Constants() {{}}
}}
"""


def java_options(options):
    items = "\n\n".join(f'  /** {xml(o.comment)} */\n  public static final String {"_".join(o.words).upper()} = "{o.name}";'
                        for o in options)
    return f"""// {NOTE}
package org.wombatdb;

/** Names of the options of a database, for {{@link WombatOptions.Builder#set(String, String)}}. */
public final class OptionName {{
{items}

  private OptionName() {{}}
}}
"""


def java(statuses, others, options):
    return {"Status.java": java_status(statuses), "Constants.java": java_constants(others),
            "OptionName.java": java_options(options)}


# --- Go -----------------------------------------------------------------------------------------------------------------

GO_WORDS = {"Io": "IO", "Os": "OS", "Ok": "OK", "Ttl": "TTL", "Wal": "WAL", "Id": "ID", "S": "S", "Ms": "MS"}


def go_camel(words):
    return "".join(GO_WORDS.get(word, word) for word in (camel([w]) for w in words))


def go_lines(items):
    """items: (declaration, comment)"""
    return "\n".join((f"\t// {comment}\n" if comment else "") + f"\t{declaration}" for declaration, comment in items)


def go(statuses, others, options):
    status_items = [(f"Status{go_camel(constant_words(s))} Status = {s.value}", s.comment) for s in statuses]
    names = [f"c{go_camel(constant_words(c))}" for c in others]
    width = max(map(len, names))
    other_items = [(f"{name:{width}} = {c.value}", "") for name, c in zip(names, others)]
    option_items = [(f'Option{go_camel(o.words)} = "{o.name}"', o.comment) for o in options]
    return {"constants_generated.go": f"""// Code generated by bindings/generate_constants.py. DO NOT EDIT.

package wombat

// Outcomes of calls, as wombat_status in wombat.h.
const (
{go_lines(status_items)}
)

// Names of the options of a database, for With.
const (
{go_lines(option_items)}
)

const (
{go_lines(other_items)}
)
"""}


# --- C# -----------------------------------------------------------------------------------------------------------------


def csharp_comment(text, indent):
    return f"{indent}/// <summary>{xml(text)}</summary>\n" if text else ""


def csharp(statuses, others, options):
    status_items = "\n".join(csharp_comment(s.comment, "        ")
                             + f"        {camel(constant_words(s))} = {s.value}," for s in statuses)
    other_items = "\n".join(f"        internal const int {camel(constant_words(c))} = {c.value};" for c in others)
    option_items = "\n".join(csharp_comment(o.comment, "        ")
                             + f'        public const string {camel(o.words)} = "{o.name}";' for o in options)
    return {"Constants.cs": f"""// {NOTE}
namespace WombatDb
{{
    /// <summary>Outcome of a call, as <c>wombat_status</c> in <c>wombat.h</c>.</summary>
    public enum WombatStatus
    {{
{status_items}
    }}

    /// <summary>Names of the options of a database.</summary>
    public static class OptionNames
    {{
{option_items}
    }}

    internal static class Constants
    {{
{other_items}
    }}
}}
"""}


def main(arguments):
    languages = {"java": java, "go": go, "csharp": csharp}
    if len(arguments) != 2 or arguments[0] not in languages:
        sys.exit(__doc__)
    enums = read_enums(ROOT / "capi/include/wombat.h")
    statuses = next(e for e in enums if e[0].name == "OK")
    limits = read_limits(ROOT / "capi/include/wombat.h")
    others = limits + [c for e in enums + read_enums(ROOT / "bindings/swig/wombat_shim.h") if e is not statuses for c in e]
    options = read_options(ROOT / "core/db/option_table.h")
    folder = pathlib.Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in languages[arguments[0]](statuses, others, options).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


main(sys.argv[1:])
