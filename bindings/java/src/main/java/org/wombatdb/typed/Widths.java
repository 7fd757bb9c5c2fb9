package org.wombatdb.typed;

/** Sizes that whole numbers may have in keys. */
final class Widths {
  private Widths() {}

  static void check(int width) {
    if (width != 1 && width != 2 && width != 4 && width != 8) {
      throw new CodecException("width is " + width + "; expected 1, 2, 4 or 8");
    }
  }
}
