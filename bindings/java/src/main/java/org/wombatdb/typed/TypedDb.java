package org.wombatdb.typed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.wombatdb.IteratorOptions;
import org.wombatdb.MergeOperator;
import org.wombatdb.ReadOptions;
import org.wombatdb.Rows;
import org.wombatdb.Transaction;
import org.wombatdb.Wombat;
import org.wombatdb.WriteBatch;
import org.wombatdb.WriteOptions;

/**
 * A database, or the part of one whose keys begin with a prefix, as a map from keys to values of types. It owns nothing:
 * close the database, not this. Any number of threads may use it at once, if its codecs allow that.
 *
 * <pre>{@code
 * var years = TypedDb.of(db, Keys.STRING, Values.LONG);
 * years.put("ada", 1815L);
 * }</pre>
 *
 * @param <K> type of keys
 * @param <V> type of values
 */
public final class TypedDb<K, V> {
  private final Wombat db;
  private final byte[] prefix;
  private final KeyCodec<K> keys;
  private final Codec<V> values;

  private TypedDb(Wombat db, byte[] prefix, KeyCodec<K> keys, Codec<V> values) {
    this.db = Objects.requireNonNull(db, "db");
    this.prefix = prefix;
    this.keys = Objects.requireNonNull(keys, "keys");
    this.values = Objects.requireNonNull(values, "values");
  }

  /**
   * {@return a whole database as a map}
   *
   * @param <K> type of keys
   * @param <V> type of values
   * @param db the database
   * @param keys codec of keys
   * @param values codec of values
   */
  public static <K, V> TypedDb<K, V> of(Wombat db, KeyCodec<K> keys, Codec<V> values) {
    return new TypedDb<>(db, new byte[0], keys, values);
  }

  /**
   * {@return the keys of a database that begin with a prefix as a map} So several maps share a database; no prefix may be
   * the beginning of another.
   *
   * @param <K> type of keys
   * @param <V> type of values
   * @param db the database
   * @param prefix put before every key
   * @param keys codec of keys
   * @param values codec of values
   */
  public static <K, V> TypedDb<K, V> of(Wombat db, byte[] prefix, KeyCodec<K> keys, Codec<V> values) {
    return new TypedDb<>(db, prefix.clone(), keys, values);
  }

  /** {@return the database behind this map} */
  public Wombat database() {
    return db;
  }

  /**
   * Stores a value under a key.
   *
   * @param key the key
   * @param value the value
   */
  public void put(K key, V value) {
    put(key, value, WriteOptions.DEFAULT);
  }

  /**
   * Stores a value under a key.
   *
   * @param key the key
   * @param value the value
   * @param options how to write
   */
  public void put(K key, V value, WriteOptions options) {
    db.put(encode(key), values.encode(value), options);
  }

  /**
   * Adds a put to a batch.
   *
   * @param batch the batch
   * @param key the key
   * @param value the value
   */
  public void put(WriteBatch batch, K key, V value) {
    batch.put(encode(key), values.encode(value));
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   */
  public void delete(K key) {
    db.delete(encode(key));
  }

  /**
   * Adds a delete to a batch.
   *
   * @param batch the batch
   * @param key the key
   */
  public void delete(WriteBatch batch, K key) {
    batch.delete(encode(key));
  }

  /**
   * Removes all keys of a range.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   */
  public void deleteRange(K lower, K upper) {
    db.deleteRange(lowerBound(lower), upperBound(upper));
  }

  /**
   * Changes the value of a key without reading it.
   *
   * @param operator how the value changes; {@link Values#LONG} and {@link Values#DOUBLE} make what those for numbers take
   * @param key the key
   * @param operand what the operator takes
   */
  public void merge(MergeOperator operator, K key, V operand) {
    db.merge(operator, encode(key), values.encode(operand));
  }

  /**
   * {@return whether a value was stored: when its key was absent}
   *
   * @param key the key
   * @param value the value
   */
  public boolean putIfAbsent(K key, V value) {
    return db.putIfAbsent(encode(key), values.encode(value));
  }

  /**
   * {@return whether the value of a key was replaced: when it was the expected one}
   *
   * @param key the key
   * @param expected the value before, compared as bytes; null: the key is absent
   * @param desired the value after; null: the key is removed
   */
  public boolean compareAndSet(K key, V expected, V desired) {
    return db.compareAndSet(encode(key), expected == null ? null : values.encode(expected),
        desired == null ? null : values.encode(desired));
  }

  /**
   * {@return this map as a transaction sees it and writes to it}
   *
   * @param transaction of the database behind this map
   */
  public TypedTransaction<K, V> in(Transaction transaction) {
    return new TypedTransaction<>(transaction.in(db), this);
  }

  /**
   * {@return the value of a key, if it is there}
   *
   * @param key the key
   */
  public Optional<V> get(K key) {
    return get(key, ReadOptions.DEFAULT);
  }

  /**
   * {@return the value of a key, if it is there}
   *
   * @param key the key
   * @param options how to read
   */
  public Optional<V> get(K key, ReadOptions options) {
    return decode(db.get(encode(key), options));
  }

  /**
   * {@return whether a key is there}
   *
   * @param key the key
   */
  public boolean contains(K key) {
    return db.contains(encode(key));
  }

  /**
   * {@return those of some keys that are there, with their values at one moment}
   *
   * @param wanted the keys
   */
  public Map<K, V> multiGet(Collection<K> wanted) {
    return multiGet(wanted, db::multiGet);
  }

  /** {@return all rows, to be closed unless they are read to the end} */
  public TypedRows<K, V> rows() {
    return rows(IteratorOptions.DEFAULT);
  }

  /**
   * {@return the rows of a range, to be closed unless they are read to the end}
   *
   * @param lower first key; null: no bound
   * @param upper first key that is not shown any more; null: no bound
   */
  public TypedRows<K, V> rows(K lower, K upper) {
    return rows(range(lower, upper));
  }

  /**
   * {@return the rows whose keys begin with the same parts, to be closed unless they are read to the end}
   *
   * @param firstParts the parts: with keys of (sensor, time), a writer that was given a sensor
   */
  public TypedRows<K, V> rows(KeyWriter firstParts) {
    return rows(beginning(firstParts));
  }

  private TypedRows<K, V> rows(IteratorOptions options) {
    return rows(options, db::rows);
  }

  // --- what is the same in a transaction -------------------------------------------------------------------------------

  TypedRows<K, V> rows(IteratorOptions options, Function<IteratorOptions, Rows> source) {
    IteratorOptions inside = options.hasPrefix() || prefix.length == 0 ? options : options.withPrefix(prefix);
    return new TypedRows<>(source.apply(inside), prefix.length, keys, values);
  }

  IteratorOptions range(K lower, K upper) {
    return IteratorOptions.range(lower == null ? null : encode(lower), upper == null ? null : encode(upper));
  }

  IteratorOptions beginning(KeyWriter firstParts) {
    return IteratorOptions.prefix(concatenate(prefix, firstParts.toByteArray()));
  }

  Map<K, V> multiGet(Collection<K> wanted, Function<List<byte[]>, List<byte[]>> source) {
    List<K> order = List.copyOf(wanted);
    List<byte[]> encoded = new ArrayList<>(order.size());
    for (K key : order) {
      encoded.add(encode(key));
    }
    List<byte[]> found = source.apply(encoded);
    Map<K, V> result = new LinkedHashMap<>();
    for (int i = 0; i < order.size(); ++i) {
      if (found.get(i) != null) {
        result.put(order.get(i), values.decode(found.get(i)));
      }
    }
    return result;
  }

  byte[] encode(K key) {
    byte[] encoded = keys.encode(key);
    return prefix.length == 0 ? encoded : concatenate(prefix, encoded);
  }

  byte[] encodeValue(V value) {
    return values.encode(value);
  }

  Optional<V> decode(byte[] value) {
    return value == null ? Optional.empty() : Optional.of(values.decode(value));
  }

  /** {@return where a range begins, in the part of the database that this map is} */
  byte[] lowerBound(K lower) {
    if (lower != null) {
      return encode(lower);
    }
    return prefix.length == 0 ? null : prefix;
  }

  /** {@return where a range ends: without a bound, at the first key behind all that begin with the prefix} */
  byte[] upperBound(K upper) {
    return upper != null ? encode(upper) : behind(prefix);
  }

  private static byte[] behind(byte[] prefix) {
    int size = prefix.length;
    while (size > 0 && prefix[size - 1] == (byte) 0xff) {
      --size;
    }
    if (size == 0) {
      return null;
    }
    byte[] next = Arrays.copyOf(prefix, size);
    ++next[size - 1];
    return next;
  }

  private static byte[] concatenate(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
