package org.wombatdb.typed;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import org.wombatdb.Row;
import org.wombatdb.Rows;

/**
 * Rows of a {@link TypedDb} for a loop or a stream, once. They close themselves after the last row; who stops before
 * closes them.
 *
 * @param <K> type of keys
 * @param <V> type of values
 */
public final class TypedRows<K, V> implements Iterable<Map.Entry<K, V>>, AutoCloseable {
  private final Rows rows;
  private final int prefixSize;
  private final KeyCodec<K> keys;
  private final Codec<V> values;

  TypedRows(Rows rows, int prefixSize, KeyCodec<K> keys, Codec<V> values) {
    this.rows = rows;
    this.prefixSize = prefixSize;
    this.keys = keys;
    this.values = values;
  }

  @Override
  public Iterator<Map.Entry<K, V>> iterator() {
    Iterator<Row> raw = rows.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return raw.hasNext();
      }

      @Override
      public Map.Entry<K, V> next() {
        return decode(raw.next());
      }
    };
  }

  /** {@return the rows as a sequential stream, which closes these rows when it is closed} */
  public Stream<Map.Entry<K, V>> stream() {
    return rows.stream().map(this::decode);
  }

  /** Frees what is behind the rows. The second and later calls do nothing. */
  @Override
  public void close() {
    rows.close();
  }

  private Map.Entry<K, V> decode(Row row) {
    byte[] key = prefixSize == 0 ? row.key() : Arrays.copyOfRange(row.key(), prefixSize, row.key().length);
    return Map.entry(keys.decode(key), values.decode(row.value()));
  }
}
