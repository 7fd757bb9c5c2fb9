package org.wombatdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Objects;

/**
 * A cursor over the rows of a database in key order, at one moment. It starts before the first row. One thread at a time
 * may use it, not always the same; any may close it.
 *
 * <pre>{@code
 * try (WombatIterator rows = db.iterator()) {
 *   while (rows.next()) {
 *     use(rows.key(), rows.value());
 *   }
 * }
 * }</pre>
 *
 * <p>Rows are fetched many at a time: a step is seldom a call of the library. With a cursor of a {@link Transaction} rows
 * that were fetched count as read: as many again as it has shown since it was placed, and 63 at most.
 */
public final class WombatIterator implements AutoCloseable {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN).withInvokeExactBehavior();
  private static final byte[] NO_BYTES = {};
  private static final int NUMBER_SIZE = 8;
  /** A batch begins small, because many cursors look at a few rows only, and grows with every further one. */
  private static final int ROWS_FIRST = 16;
  private static final int ROWS_MAX = 4096;
  /** Rows that are fetched count as read by the transaction: few are fetched ahead, none before the second step. */
  private static final int ROWS_FIRST_OF_TRANSACTION = 1;
  private static final int ROWS_MAX_OF_TRANSACTION = 64;
  /** Stays in the innermost cache, between the library's blocks and the array of rows. */
  private static final int BATCH_SIZE = 16 * 1024;

  /** The database or transaction, which must live as long as its cursors. */
  private final Object parent;
  private final NativeHandle handle;
  /** How many rows the first batch has, a late one at most, and the next one. */
  private final int rowsFirst;
  private final int rowsMax;
  private int rowsWanted;
  private final boolean isKeysOnly;
  /** What is added to the direction of reads. */
  private final int leaves;

  /** Packed rows: those of this batch end at {@code rowsEnd}, the present one stands at {@code row}. */
  private byte[] rows = NO_BYTES;
  private int rowsEnd;
  private int row;
  private int nextRow;
  private int keySize;
  private int valueSize;
  private boolean isValueLeft;
  private boolean isOnRow;
  private boolean isForward = true;
  /** There is nothing further in the direction of travel. */
  private boolean isAtEnd;

  WombatIterator(Wombat db, IteratorOptions options) {
    this(db, options.open(db), options, ROWS_FIRST, ROWS_MAX);
  }

  WombatIterator(Transaction transaction, IteratorOptions options) {
    this(transaction, options.open(transaction), options, ROWS_FIRST_OF_TRANSACTION, ROWS_MAX_OF_TRANSACTION);
  }

  private WombatIterator(Object parent, long iterator, IteratorOptions options, int rowsFirst, int rowsMax) {
    this.parent = parent;
    isKeysOnly = options.isKeysOnly();
    leaves = options.leaves();
    this.rowsFirst = rowsFirst;
    this.rowsMax = rowsMax;
    rowsWanted = rowsFirst;
    handle = new NativeHandle(this, "iterator", iterator, Raw::iterator_destroy);
  }

  /** {@return whether there is a first row, to which this cursor moves} */
  public boolean first() {
    return moveTo(Constants.SHIM_FIRST, NO_BYTES, true);
  }

  /** {@return whether there is a last row, to which this cursor moves} */
  public boolean last() {
    return moveTo(Constants.SHIM_LAST, NO_BYTES, false);
  }

  /**
   * Moves to the first row whose key is {@code target} or greater.
   *
   * @param target the key
   * @return whether there is one
   */
  public boolean seek(byte[] target) {
    return moveTo(Constants.SHIM_SEEK, target, true);
  }

  /**
   * Moves to the last row whose key is {@code target} or less.
   *
   * @param target the key
   * @return whether there is one
   */
  public boolean seekForPrev(byte[] target) {
    return moveTo(Constants.SHIM_SEEK_FOR_PREV, target, false);
  }

  /** {@return whether there is a next row, to which this cursor moves} On a new cursor that is the first row. */
  public boolean next() {
    return step(true);
  }

  /** {@return whether there is a row before, to which this cursor moves} On a new cursor that is the last row. */
  public boolean prev() {
    return step(false);
  }

  /** {@return whether the cursor stands on a row} */
  public boolean isValid() {
    return isOnRow;
  }

  /** {@return a copy of the key of the present row} */
  public byte[] key() {
    checkRow();
    return Arrays.copyOfRange(rows, row + 8, row + 8 + keySize);
  }

  /**
   * {@return a copy of the value of the present row; null where {@link IteratorOptions#withLazyValues} has left it in a value file}
   */
  public byte[] value() {
    checkRow();
    return isValueLeft ? null : Arrays.copyOfRange(rows, row + 8 + keySize, nextRow);
  }

  /** {@return the key of the present row, without a copy; read-only, to be used before the next move} */
  public ByteBuffer keyBuffer() {
    checkRow();
    return ByteBuffer.wrap(rows, row + 8, keySize).slice().asReadOnlyBuffer();
  }

  /**
   * {@return the value of the present row, without a copy; read-only, to be used before the next move; null where it was left in a
   * value file}
   */
  public ByteBuffer valueBuffer() {
    checkRow();
    return isValueLeft ? null : ByteBuffer.wrap(rows, row + 8 + keySize, valueSize).slice().asReadOnlyBuffer();
  }

  /** {@return the size of the present key} */
  public int keySize() {
    checkRow();
    return keySize;
  }

  /** {@return the size of the present value, also where it was left in a value file} With keys only it is not known, and 0. */
  public int valueSize() {
    checkRow();
    return valueSize;
  }

  /**
   * {@return whether the value of the present row is at hand} It is not where {@link IteratorOptions#withLazyValues} has left it in
   * a value file, nor with {@link IteratorOptions#withKeysOnly}; then {@link #readValue()} reads it.
   */
  public boolean hasValue() {
    checkRow();
    return !isValueLeft && !isKeysOnly;
  }

  /**
   * Gives a copy of the value of the present row, wherever it is. What was left in a value file is read now, and rows that were
   * fetched ahead are fetched again afterwards: few first, then more. After a failure the cursor stays where it is, and another
   * try is allowed.
   *
   * @return the value; null when the row has expired since it was fetched
   */
  public byte[] readValue() {
    checkRow();
    if (hasValue()) {
      return value();
    }
    int begin = keySize;
    try (NativeMemory memory = NativeMemory.take((long) begin + valueSize)) {
      long size = readLeft(memory, begin, memory.capacity() - begin);
      while (size > memory.capacity() - begin) {
        memory.grow(begin + size);
        size = readLeft(memory, begin, memory.capacity() - begin);
      }
      return size < 0 ? null : memory.get(begin, (int) size);
    }
  }

  /**
   * Copies the value of the present row, wherever it is, into a part of an array, as {@link #readValue()} does. Allocates nothing.
   *
   * @param buffer receives the value
   * @param offset where to begin
   * @param length room there
   * @return size of the value; -1 when the row has expired since it was fetched; when it is greater than {@code length}, nothing
   *     was copied
   */
  public int readValue(byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    checkRow();
    if (hasValue()) {
      int size = valueSize;
      if (size <= length) {
        System.arraycopy(rows, row + 8 + keySize, buffer, offset, size);
      }
      return size;
    }
    int begin = keySize;
    try (NativeMemory memory = NativeMemory.take((long) begin + length)) {
      long size = readLeft(memory, begin, length);
      if (size > 0 && size <= length) {
        memory.get(begin, buffer, offset, (int) size);
      }
      return (int) size;
    }
  }

  /** {@return whether the value of the present row was left in a value file} */
  boolean isValueLeft() {
    return isValueLeft;
  }

  /**
   * Copies the value behind the present key, if it fits; {@return its size, -1 when the row has expired} {@code size} is that of the
   * key, read once: two threads that move one cursor, against its rules, must not write over memory that is not theirs.
   */
  private long readLeft(NativeMemory memory, int size, int room) {
    long iterator = handle.enter();
    try {
      memory.put(0, rows, row + 8, size);
      return WombatException.check(
          Raw.iterator_value(iterator, memory.address(), size, isLast(), direction(), memory.address() + size, room));
    } finally {
      handle.leave();
      forgetFurtherRows();
    }
  }

  /**
   * Tells when the present row expires. Rows that were fetched ahead are fetched again afterwards: few first, then more.
   *
   * @return {@link Wombat#NEVER}, or a time in microseconds; null when the row has expired since it was fetched
   */
  public Instant expiry() {
    checkRow();
    int size = keySize;
    long iterator = handle.enter();
    try (NativeMemory memory = NativeMemory.take(size)) {
      memory.put(0, rows, row + 8, size);
      return Moments.fromExpiry(
          WombatException.check(Raw.iterator_expiry(iterator, memory.address(), size, isLast(), direction())));
    } finally {
      handle.leave();
      forgetFurtherRows();
    }
  }

  /** 1 when the present row is the last that was fetched: the library's cursor stands there. */
  private int isLast() {
    return nextRow == rowsEnd ? 1 : 0;
  }

  private int direction() {
    return isForward ? Constants.FORWARD : Constants.BACKWARD;
  }

  /** The library's cursor was brought back to the present row. */
  private void forgetFurtherRows() {
    rowsEnd = nextRow;
    rowsWanted = 1;
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(parent);
  }

  /** Frees the cursor. The second and later calls do nothing. */
  @Override
  public void close() {
    // Rows lie in an array of Java: when another thread sees this late, or shows a row once more, nobody is harmed.
    isOnRow = false;
    rowsEnd = 0;
    handle.close();
  }

  private void checkRow() {
    if (!isOnRow) {
      handle.checkOpen();
      throw new NoSuchElementException("the cursor is not on a row");
    }
  }

  private boolean step(boolean forward) {
    if (forward == isForward && nextRow < rowsEnd) {
      show(nextRow);
      return true;
    }
    return stepFurther(forward);
  }

  private boolean stepFurther(boolean forward) {
    handle.checkOpen();
    if (forward != isForward) {
      return turn(forward);
    }
    if (isAtEnd) {
      isOnRow = false;
      return false;
    }
    return fetch(Constants.SHIM_CONTINUE, NO_BYTES);
  }

  /** The other way: from the present row, which the library must be brought back to, or from the end that was passed. */
  private boolean turn(boolean forward) {
    boolean wasOnRow = isOnRow;
    boolean wasAtEnd = isAtEnd;
    byte[] key = wasOnRow ? key() : NO_BYTES;
    isForward = forward;
    isAtEnd = false;
    forgetRows();
    if (wasOnRow) {
      return fetch(forward ? Constants.SHIM_SEEK : Constants.SHIM_SEEK_FOR_PREV, key) && step(forward);
    }
    if (wasAtEnd) {
      return fetch(forward ? Constants.SHIM_FIRST : Constants.SHIM_LAST, NO_BYTES);
    }
    return fetch(Constants.SHIM_CONTINUE, NO_BYTES);
  }

  private boolean moveTo(int move, byte[] target, boolean forward) {
    isForward = forward;
    isAtEnd = false;
    rowsWanted = rowsFirst;
    forgetRows();
    return fetch(move, target);
  }

  private void forgetRows() {
    isOnRow = false;
    nextRow = 0;
    rowsEnd = 0;
  }

  private void show(int at) {
    row = at;
    keySize = (int) INT.get(rows, at);
    // Bit 31 says that the value was left in a value file, and does not follow.
    int size = (int) INT.get(rows, at + 4);
    valueSize = size & Integer.MAX_VALUE;
    isValueLeft = size < 0;
    nextRow = at + 8 + keySize + (size & ~(size >> 31));
    isOnRow = true;
  }

  /** Gets the next batch of rows, and stands on its first. */
  private boolean fetch(int move, byte[] target) {
    int begin = NUMBER_SIZE + target.length;
    int direction = direction() | leaves;
    forgetRows();
    long iterator = handle.enter();
    try (NativeMemory memory = NativeMemory.take(begin + BATCH_SIZE)) {
      memory.put(NUMBER_SIZE, target, 0, target.length);
      long count;
      int room = BATCH_SIZE;
      do {
        count = WombatException.check(Raw.iterator_read(iterator, move, memory.address() + NUMBER_SIZE, target.length,
            direction, rowsWanted, memory.address() + begin, room, memory.address()));
        if (count < 0) {
          isAtEnd = true;
          return false;
        }
        if (count == 0) {
          memory.grow(begin + memory.getLong(0));
          room = (int) memory.getLong(0);
        }
      } while (count == 0);
      rowsWanted = Math.min(2 * rowsWanted, rowsMax);
      take(memory, begin, (int) memory.getLong(0));
    } finally {
      handle.leave();
      Reference.reachabilityFence(this);
      Reference.reachabilityFence(parent);
    }
    show(0);
    return true;
  }

  private void take(NativeMemory memory, int begin, int size) {
    if (rows.length < size) {
      rows = new byte[Math.max(size, Math.min(2 * rows.length, BATCH_SIZE))];
    }
    memory.get(begin, rows, 0, size);
    rowsEnd = size;
  }
}
