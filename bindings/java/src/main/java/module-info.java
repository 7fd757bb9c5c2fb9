/** Wombat, an embedded, persistent, ordered key-value store. */
module org.wombatdb {
  exports org.wombatdb;
  exports org.wombatdb.typed;
}
