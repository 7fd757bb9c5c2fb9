/**
 * Keys and values of types. Keys are encoded so that their order as bytes is the order of the values; the encoding is the
 * same in all languages of Wombat.
 */
package org.wombatdb.typed;
