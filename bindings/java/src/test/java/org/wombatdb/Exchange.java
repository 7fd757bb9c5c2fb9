package org.wombatdb;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.wombatdb.typed.KeyReader;
import org.wombatdb.typed.KeyWriter;

/** The Java part of tests/bindings/exchange_test.sh, which says what rows there are. */
final class Exchange {
  private static final int ROWS = 100;
  private static final UUID ID = UUID.fromString("018f6d3e-7c00-7abc-8def-0123456789ab");

  private Exchange() {}

  public static void main(String[] arguments) {
    if (arguments[0].equals("leave")) {
      leave(Wombat.open(Path.of(arguments[1])), key(arguments[2], 7));
    }
    try (Wombat db = Wombat.open(Path.of(arguments[1]))) {
      if (arguments[0].equals("write")) {
        write(db, arguments[2]);
      } else {
        for (String language : List.of(arguments).subList(2, arguments.length)) {
          check(db, language);
        }
      }
    }
  }

  /** Ends with everything open, and a thread inside calls. */
  private static void leave(Wombat db, byte[] key) {
    WombatIterator rows = db.iterator();
    WriteBatch batch = new WriteBatch().delete(key);
    Snapshot snapshot = db.snapshot();
    Thread reader = new Thread(() -> {
      for (;;) {
        db.get(key, ReadOptions.at(snapshot));
      }
    });
    reader.setDaemon(true);
    reader.start();
    Tests.check(rows.next() && batch.count() == 1, "left open");
    System.exit(0);
  }

  private static void write(Wombat db, String language) {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < ROWS; ++i) {
        batch.put(key(language, i), Tests.bytes(language + ":" + i));
      }
      db.write(batch);
    }
    writeKinds(db, language);
  }

  /** One write of each kind beyond puts and deletes, in a keyspace. */
  private static void writeKinds(Wombat db, String language) {
    MergeOperator dashes = MergeOperator.append("-");
    db.createKeyspace(language);
    try (Wombat keyspace = db.openKeyspace(language)) {
      keyspace.put(Tests.bytes("expires"), Tests.bytes("later"), WriteOptions.DEFAULT.withTimeToLive(Duration.ofHours(1)));
      keyspace.put(Tests.bytes("stays"), Tests.bytes("here"));
      keyspace.put(Tests.bytes("gone"), Tests.bytes("here"));
      keyspace.deleteRange(Tests.bytes("gone"), Tests.bytes("gonf"));
      keyspace.merge(MergeOperator.INT64_ADD, Tests.bytes("sum"), MergeOperator.encode(40));
      keyspace.merge(MergeOperator.INT64_ADD, Tests.bytes("sum"), MergeOperator.encode(2));
      db.runInTransaction(transaction -> {
        transaction.in(keyspace).merge(dashes, Tests.bytes("text"), Tests.bytes("a"));
        transaction.in(keyspace).merge(dashes, Tests.bytes("text"), Tests.bytes("b"));
      });
    }
  }

  /** What a language that does not know keyspaces has not written is not missed. */
  private static void checkKinds(Wombat db, String language) {
    if (!db.keyspaces().contains(language)) {
      return;
    }
    StringBuilder found = new StringBuilder();
    try (Wombat keyspace = db.openKeyspace(language); Rows rows = keyspace.rows(IteratorOptions.DEFAULT)) {
      for (Row row : rows) {
        boolean isNumber = row.value().length == Long.BYTES;
        found.append(Tests.text(row.key())).append('=')
            .append(isNumber ? MergeOperator.decodeLong(row.value()) : Tests.text(row.value())).append(' ');
      }
    }
    Tests.checkEqual(found.toString(), "expires=later stays=here sum=42 text=a-b ");
  }

  private static byte[] key(String language, int i) {
    return new KeyWriter().putString(language).putLong(i * 7919L - 400_000).putTimestamp(Instant.ofEpochSecond(i))
        .putDouble(i / 8.0 - 5).putBoolean(i % 2 == 1).putUuid(ID).putBytes(new byte[] {0, (byte) i}).toByteArray();
  }

  private static void check(Wombat db, String language) {
    int i = 0;
    try (Rows rows = db.rows(IteratorOptions.prefix(new KeyWriter().putString(language).toByteArray()))) {
      for (Row row : rows) {
        KeyReader key = new KeyReader(row.key());
        Tests.checkEqual(key.getString(), language);
        Tests.checkEqual(key.getLong(), i * 7919L - 400_000);
        Tests.checkEqual(key.getTimestamp(), Instant.ofEpochSecond(i));
        Tests.checkEqual(key.getDouble(), i / 8.0 - 5);
        Tests.checkEqual(key.getBoolean(), i % 2 == 1);
        Tests.checkEqual(key.getUuid(), ID);
        Tests.checkEqual(key.getBytes(), new byte[] {0, (byte) i});
        Tests.check(!key.hasMore(), "end of the key");
        Tests.checkEqual(Tests.text(row.value()), language + ":" + i);
        ++i;
      }
    }
    Tests.checkEqual(i, ROWS);
    checkKinds(db, language);
  }
}
