package org.wombatdb;

import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a database says about itself. */
public final class Monitor {
  /** Form of a report. */
  public enum Format {
    /** For people. */
    TEXT,
    /** For programs. */
    JSON
  }

  private final Wombat db;

  Monitor(Wombat db) {
    this.db = db;
  }

  /** {@return the names of all statistics with one line about each} */
  public static Map<String, String> describeStatistics() {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < Raw.statistic_count(); ++i) {
      all.put(Raw.statistic_name(i), Raw.statistic_help(i));
    }
    return all;
  }

  /** {@return the names of all properties with one line about each} */
  public static Map<String, String> describeProperties() {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < Raw.property_count(); ++i) {
      all.put(Raw.property_name(i), Raw.property_help(i));
    }
    return all;
  }

  /** {@return all statistics since the database was opened, by name} */
  public Map<String, Long> statistics() {
    int capacity = (int) Raw.statistic_count();
    try (NativeMemory memory = NativeMemory.take(8L * capacity)) {
      long count = WombatException.check(Raw.statistics(db.handle(), memory.address(), capacity));
      Map<String, Long> values = new TreeMap<>();
      for (int i = 0; i < count; ++i) {
        values.put(Raw.statistic_name(i), memory.getLong(8 * i));
      }
      return values;
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  /**
   * {@return a report of all statistics and properties}
   *
   * @param format its form
   */
  public String report(Format format) {
    try {
      long handle = db.handle();
      return Text.read((buffer, capacity) -> Raw.report(handle, format.ordinal(), buffer, capacity));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  /**
   * {@return the present value of a property}
   *
   * @param name such as "levels"
   */
  public String property(String name) {
    byte[] text = Text.encode(name, "property name");
    try {
      long handle = db.handle();
      return Text.read(text, (in, buffer, capacity) -> Raw.property(handle, in, buffer, capacity));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  /**
   * {@return the present value of a property that is a number}
   *
   * @param name such as "disk.bytes"
   */
  public long propertyLong(String name) {
    byte[] text = Text.encode(name, "property name");
    try {
      long handle = db.handle();
      return Text.readLong(text, (in, out) -> Raw.property_integer(handle, in, out));
    } finally {
      Reference.reachabilityFence(db);
    }
  }
}
