package org.wombatdb.typed;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.wombatdb.IteratorOptions;
import org.wombatdb.MergeOperator;
import org.wombatdb.Transaction;

/**
 * A {@link TypedDb} as a transaction sees it and writes to it. It owns nothing: commit and close the transaction, not this.
 *
 * <pre>{@code
 * db.runInTransaction(transaction -> {
 *   var mine = balances.in(transaction);
 *   mine.put("ada", mine.get("ada").orElse(0L) + 10);
 * });
 * }</pre>
 *
 * @param <K> type of keys
 * @param <V> type of values
 */
public final class TypedTransaction<K, V> {
  private final Transaction transaction;
  private final TypedDb<K, V> map;

  TypedTransaction(Transaction transaction, TypedDb<K, V> map) {
    this.transaction = transaction;
    this.map = map;
  }

  /**
   * {@return the value of a key, if it is there}
   *
   * @param key the key
   */
  public Optional<V> get(K key) {
    return map.decode(transaction.get(map.encode(key)));
  }

  /**
   * {@return the value of a key that is going to be written, if it is there} See {@link Transaction#getForUpdate(byte[])}.
   *
   * @param key the key
   */
  public Optional<V> getForUpdate(K key) {
    return map.decode(transaction.getForUpdate(map.encode(key)));
  }

  /**
   * {@return whether a key is there}
   *
   * @param key the key
   */
  public boolean contains(K key) {
    return transaction.contains(map.encode(key));
  }

  /**
   * {@return those of some keys that are there, with their values}
   *
   * @param wanted the keys
   */
  public Map<K, V> multiGet(Collection<K> wanted) {
    return map.multiGet(wanted, transaction::multiGet);
  }

  /** {@return all rows, to be closed unless they are read to the end} */
  public TypedRows<K, V> rows() {
    return map.rows(IteratorOptions.DEFAULT, transaction::rows);
  }

  /**
   * {@return the rows of a range, to be closed unless they are read to the end}
   *
   * @param lower first key; null: no bound
   * @param upper first key that is not shown any more; null: no bound
   */
  public TypedRows<K, V> rows(K lower, K upper) {
    return map.rows(map.range(lower, upper), transaction::rows);
  }

  /**
   * {@return the rows whose keys begin with the same parts, to be closed unless they are read to the end}
   *
   * @param firstParts the parts
   */
  public TypedRows<K, V> rows(KeyWriter firstParts) {
    return map.rows(map.beginning(firstParts), transaction::rows);
  }

  /**
   * Stores a value under a key.
   *
   * @param key the key
   * @param value the value
   */
  public void put(K key, V value) {
    transaction.put(map.encode(key), map.encodeValue(value));
  }

  /**
   * Stores a value that is absent again after some time.
   *
   * @param key the key
   * @param value the value
   * @param timeToLive the time, see {@link Transaction#put(byte[], byte[], Duration)}
   */
  public void put(K key, V value, Duration timeToLive) {
    transaction.put(map.encode(key), map.encodeValue(value), timeToLive);
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   */
  public void delete(K key) {
    transaction.delete(map.encode(key));
  }

  /**
   * Removes all keys of a range.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   */
  public void deleteRange(K lower, K upper) {
    transaction.deleteRange(map.lowerBound(lower), map.upperBound(upper));
  }

  /**
   * Changes the value of a key by an operator.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   */
  public void merge(MergeOperator operator, K key, V operand) {
    transaction.merge(operator, map.encode(key), map.encodeValue(operand));
  }
}
