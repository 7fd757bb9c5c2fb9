/**
 * Wombat, an embedded, persistent, ordered key-value store. Begin with {@link org.wombatdb.Wombat#open}; for keys and
 * values that are not bytes, with {@link org.wombatdb.typed.TypedDb}.
 */
package org.wombatdb;
