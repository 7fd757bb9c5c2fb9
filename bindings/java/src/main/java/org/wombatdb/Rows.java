package org.wombatdb;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Rows for a loop or a stream, once. The cursor behind them closes itself when it has shown the last row; who stops
 * before closes this object (or the stream).
 *
 * <pre>{@code
 * try (Rows rows = db.rows(IteratorOptions.prefix(prefix))) {
 *   for (Row row : rows) {
 *     use(row.key(), row.value());
 *   }
 * }
 * }</pre>
 */
public final class Rows implements Iterable<Row>, AutoCloseable {
  private final WombatIterator cursor;
  private boolean isGiven;

  Rows(WombatIterator cursor) {
    this.cursor = cursor;
  }

  /** {@return the rows one after the other; only the first call is allowed} */
  @Override
  public Iterator<Row> iterator() {
    if (isGiven) {
      throw new IllegalStateException("these rows were read already; ask the database for new ones");
    }
    isGiven = true;
    return new RowIterator(cursor);
  }

  /** {@return the rows as a sequential stream, which closes these rows when it is closed} */
  public Stream<Row> stream() {
    int traits = Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL | Spliterator.IMMUTABLE;
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), traits), false).onClose(this::close);
  }

  /** Frees the cursor behind the rows. The second and later calls do nothing. */
  @Override
  public void close() {
    cursor.close();
  }

  private static final class RowIterator implements Iterator<Row> {
    private final WombatIterator cursor;
    private boolean isLooked;
    private boolean isEnded;
    /** Of the present row, where it does not come with it. */
    private byte[] valueRead;

    RowIterator(WombatIterator cursor) {
      this.cursor = cursor;
    }

    @Override
    public boolean hasNext() {
      if (!isLooked && !isEnded) {
        isLooked = advance();
        if (!isLooked) {
          isEnded = true;
          cursor.close();
        }
      }
      return isLooked;
    }

    /** To the next row; of those whose values were left in value files to one whose value is still there. */
    private boolean advance() {
      valueRead = null;
      while (cursor.next()) {
        if (!cursor.isValueLeft()) {
          return true;
        }
        valueRead = cursor.readValue();
        if (valueRead != null) {
          return true;
        }
      }
      return false;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      isLooked = false;
      return new Row(cursor.key(), valueRead != null ? valueRead : cursor.value());
    }
  }
}
