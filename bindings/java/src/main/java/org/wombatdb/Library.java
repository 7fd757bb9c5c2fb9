package org.wombatdb;

/** The native library that runs. */
public final class Library {
  private Library() {}

  /** {@return its version, such as "0.1.0"} */
  public static String version() {
    return Raw.version_string();
  }

  /** {@return its version as one number: 10000 * major + 100 * minor + patch} */
  public static int versionNumber() {
    return (int) Raw.version_number();
  }

  /**
   * {@return whether it was built with a feature}
   *
   * @param name such as "zlib"
   */
  public static boolean hasFeature(String name) {
    return Text.pass(Text.encode(name, "feature name"), Raw::feature) != 0;
  }
}
