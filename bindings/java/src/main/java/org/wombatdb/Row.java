package org.wombatdb;

/**
 * A key with its value. The arrays are copies and belong to whoever got the row.
 *
 * @param key the key
 * @param value the value
 */
public record Row(byte[] key, byte[] value) {}
