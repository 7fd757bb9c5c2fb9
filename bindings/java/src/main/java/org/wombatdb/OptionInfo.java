package org.wombatdb;

import java.util.List;

/**
 * Description of an option.
 *
 * @param name such as "memtable.size"
 * @param type what its values are
 * @param isMutable whether {@link Wombat#setOption} can change it
 * @param isSupported false: reserved for a later version
 * @param isPerKeyspace whether a keyspace may have its own value
 * @param minimum smallest number
 * @param maximum greatest number
 * @param defaultValue as text
 * @param choices the words allowed for {@link Type#CHOICE}, else empty
 * @param help one line
 */
public record OptionInfo(String name, Type type, boolean isMutable, boolean isSupported,
    boolean isPerKeyspace, long minimum, long maximum, String defaultValue, List<String> choices, String help) {
  /** Types of option values. */
  public enum Type {
    /** "true" or "false"; as number 1 or 0. */
    BOOL,
    /** A whole number. */
    INTEGER,
    /** Bytes; as text also with KiB, MiB, GiB, TiB. */
    SIZE,
    /** One of several words. */
    CHOICE,
    /** Any text. */
    TEXT,
    /** A decimal number; as number in thousandths. */
    REAL
  }

  /** From the lines of {@code wombat_shim_option_describe}. */
  static OptionInfo parse(String text) {
    String[] line = text.split("\n", -1);
    return new OptionInfo(line[0], Type.values()[Integer.parseInt(line[1])], line[2].equals("1"), line[3].equals("1"),
        line[4].equals("1"), Long.parseLong(line[5]), Long.parseLong(line[6]), line[7],
        line[8].isEmpty() ? List.of() : List.of(line[8].split("\\|")), line[9]);
  }
}
