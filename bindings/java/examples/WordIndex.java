import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.wombatdb.Wombat;
import org.wombatdb.WriteBatch;
import org.wombatdb.typed.KeyWriter;
import org.wombatdb.typed.Keys;
import org.wombatdb.typed.TypedDb;
import org.wombatdb.typed.TypedRows;
import org.wombatdb.typed.Values;

/**
 * An index of the words in documentation files, with search by the beginning of a word.
 *
 * <pre>
 * WordIndex DATABASE build FOLDER...     reads every .txt, .md and extensionless file, such as those of /usr/share/doc
 * WordIndex DATABASE find BEGINNING      the words that begin so, each with the files that hold it most often
 * </pre>
 */
final class WordIndex {
  private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{N}_-]{2,40}");
  private static final long FILE_SIZE_MAX = 1 << 20;
  private static final int ROWS_OF_A_BATCH = 10_000;
  private static final int WORDS_SHOWN = 20;
  private static final int FILES_SHOWN = 3;

  private final Wombat db;
  /** (word, file) -> how often. All files of a word stand together, all words with one beginning as well. */
  private final TypedDb<Keys.Pair<String, String>, Long> index;

  private WordIndex(Wombat db) {
    this.db = db;
    this.index = TypedDb.of(db, Keys.pair(Keys.STRING, Keys.STRING), Values.LONG);
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 3) {
      System.err.println("WordIndex DATABASE build FOLDER... | WordIndex DATABASE find BEGINNING");
      System.exit(2);
    }
    try (Wombat db = Wombat.open(Path.of(arguments[0]))) {
      WordIndex words = new WordIndex(db);
      if (arguments[1].equals("build")) {
        for (String folder : List.of(arguments).subList(2, arguments.length)) {
          words.build(Path.of(folder));
        }
      } else {
        words.find(arguments[2].toLowerCase(Locale.ROOT));
      }
    }
  }

  private void build(Path folder) throws IOException {
    int files = 0;
    try (Stream<Path> found = Files.walk(folder); WriteBatch batch = new WriteBatch()) {
      for (Path file : (Iterable<Path>) found.filter(WordIndex::isText)::iterator) {
        count(file).forEach((word, times) -> index.put(batch, new Keys.Pair<>(word, file.toString()), times));
        ++files;
        if (batch.count() > ROWS_OF_A_BATCH) {
          db.write(batch);
          batch.clear();
        }
      }
      db.write(batch);
    }
    System.out.println(files + " files read");
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    try {
      return Files.isRegularFile(file) && Files.size(file) <= FILE_SIZE_MAX
          && (name.endsWith(".txt") || name.endsWith(".md") || name.indexOf('.') < 0);
    } catch (IOException exception) {
      return false;
    }
  }

  private static Map<String, Long> count(Path file) throws IOException {
    Map<String, Long> times = new HashMap<>();
    Matcher words = WORD.matcher(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    while (words.find()) {
      times.merge(words.group().toLowerCase(Locale.ROOT), 1L, Long::sum);
    }
    return times;
  }

  private void find(String beginning) {
    Map<String, Map<String, Long>> found = new java.util.TreeMap<>();
    // The beginning of a word is no whole part of a key: its bytes without the end of the part.
    KeyWriter bytes = new KeyWriter().putFixed(beginning.getBytes(StandardCharsets.UTF_8));
    try (TypedRows<Keys.Pair<String, String>, Long> rows = index.rows(bytes)) {
      for (Map.Entry<Keys.Pair<String, String>, Long> row : rows) {
        String word = row.getKey().first();
        if (found.size() == WORDS_SHOWN && !found.containsKey(word)) {
          break;
        }
        found.computeIfAbsent(word, none -> new HashMap<>()).put(row.getKey().second(), row.getValue());
      }
    }
    found.forEach((word, files) -> {
      System.out.println(word);
      files.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
          .limit(FILES_SHOWN)
          .forEach(file -> System.out.println("  " + file.getValue() + "  " + file.getKey()));
    });
    if (found.isEmpty()) {
      System.out.println("no word begins with " + beginning);
    }
  }
}
