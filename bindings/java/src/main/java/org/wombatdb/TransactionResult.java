package org.wombatdb;

/**
 * How a transaction went that was committed.
 *
 * @param value what its work returned
 * @param timestamp of the commit; 0 when there was nothing to write
 * @param retries how often the work was repeated after a conflict
 * @param <T> type of the value
 */
public record TransactionResult<T>(T value, long timestamp, int retries) {}
