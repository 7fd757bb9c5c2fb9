package org.wombatdb;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** One look-up of many keys, packed: keys before, answers behind them in one piece of native memory. */
final class MultiGet {
  /** A call that answers packed keys, and keeps what it uses reachable. */
  interface LookUp {
    long run(long keys, long keysSize, ReadOptions options, long buffer, long capacity, long used);
  }

  private static final int ANSWER_SIZE_EXPECTED = 256;
  private static final int ANSWERS_SIZE_MAX = 1 << 20;
  private static final int NUMBER_SIZE = 8;

  private final LookUp lookUp;
  private final byte[][] keys;
  /** What the first answer needs that did not fit. */
  private long answerSize;

  MultiGet(Collection<byte[]> keys, LookUp lookUp) {
    this.keys = keys.toArray(byte[][]::new);
    this.lookUp = lookUp;
  }

  /**
   * All keys are looked up at one moment. One call does that if the answers fit; if not, the rest is asked for again, and
   * everything from the start, in a snapshot.
   */
  List<byte[]> run(Wombat db, ReadOptions options) {
    List<byte[]> values = new ArrayList<>(keys.length);
    if (options.isOfOneMoment()) {
      read(options, values);
    } else if (!readOnce(options, values)) {
      values.clear();
      try (Snapshot snapshot = db.snapshot()) {
        read(options.withSnapshot(snapshot), values);
      }
    }
    return values;
  }

  /** The keys as a transaction sees them. */
  List<byte[]> run() {
    List<byte[]> values = new ArrayList<>(keys.length);
    read(ReadOptions.DEFAULT, values);
    return values;
  }

  private boolean readOnce(ReadOptions options, List<byte[]> values) {
    return readFrom(0, options, values, ANSWER_SIZE_EXPECTED) == keys.length;
  }

  private void read(ReadOptions options, List<byte[]> values) {
    long sizeWanted = ANSWER_SIZE_EXPECTED;
    while (values.size() < keys.length) {
      int before = values.size();
      readFrom(before, options, values, sizeWanted);
      sizeWanted = values.size() == before ? answerSize : ANSWER_SIZE_EXPECTED;
    }
  }

  /** Looks up the keys from number {@code first} on; {@return how many are then answered} */
  private int readFrom(int first, ReadOptions options, List<byte[]> values, long answerSizeExpected) {
    long keysSize = 0;
    for (int i = first; i < keys.length; ++i) {
      keysSize += 4 + keys[i].length;
    }
    long expected = (keys.length - first) * (long) ANSWER_SIZE_EXPECTED;
    long answersSize = Math.max(answerSizeExpected, Math.min(expected, ANSWERS_SIZE_MAX));
    try (NativeMemory memory = NativeMemory.take(NUMBER_SIZE + keysSize + answersSize)) {
      int end = NUMBER_SIZE;
      for (int i = first; i < keys.length; ++i) {
        memory.putInt(end, keys[i].length);
        memory.put(end + 4, keys[i], 0, keys[i].length);
        end += 4 + keys[i].length;
      }
      long done = WombatException.check(lookUp.run(memory.address() + NUMBER_SIZE, keysSize, options,
          memory.address() + end, memory.capacity() - end, memory.address()));
      answerSize = memory.getLong(0);
      parse(memory, end, (int) done, values);
      return first + (int) done;
    }
  }

  private static void parse(NativeMemory memory, int begin, int count, List<byte[]> values) {
    int at = begin;
    for (int i = 0; i < count; ++i) {
      int status = memory.getInt(at);
      int size = memory.getInt(at + 4);
      if (status < 0) {
        throw new WombatException(Status.of(status), 0, false, "one of the keys could not be read");
      }
      values.add(status == Status.OK.code() ? memory.get(at + 8, size) : null);
      at += 8 + size;
    }
  }
}
