import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import org.wombatdb.IteratorOptions;
import org.wombatdb.Row;
import org.wombatdb.Rows;
import org.wombatdb.Wombat;

/** The program of examples/people.c in Java: some records in, one out again, and all of them in order. */
final class People {
  private People() {}

  public static void main(String[] arguments) {
    try (Wombat db = Wombat.open(Path.of("people"))) {
      db.put(bytes("ada"), bytes("1815"));
      db.put(bytes("grace"), bytes("1906"));
      db.put(bytes("alan"), bytes("1912"));
      db.delete(bytes("alan"));
      try (Rows rows = db.rows(IteratorOptions.DEFAULT)) {
        for (Row row : rows) {
          System.out.println(new String(row.key(), UTF_8) + " was born in " + new String(row.value(), UTF_8));
        }
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
