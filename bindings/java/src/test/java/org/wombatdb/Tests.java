package org.wombatdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Runs the tests of a class: small enough to read, so that nothing but the JDK is needed. Each test method gets a new
 * object and a new folder, which is removed afterwards.
 */
abstract class Tests {
  private Path folder;

  /** A call that should fail. */
  interface Call {
    void run() throws Exception;
  }

  /** The {@code main} of every class of tests; names of methods may follow. */
  static void run(Class<? extends Tests> type, String[] names) throws Exception {
    Method[] methods = Stream.of(type.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .filter(method -> names.length == 0 || Arrays.asList(names).contains(method.getName()))
        .sorted(Comparator.comparing(Method::getName))
        .toArray(Method[]::new);
    int failed = 0;
    for (Method method : methods) {
      long start = System.nanoTime();
      boolean isPassed = runOne(type, method);
      failed += isPassed ? 0 : 1;
      System.out.printf("%s %s.%s (%d ms)%n", isPassed ? "ok    " : "FAILED", type.getSimpleName(), method.getName(),
          (System.nanoTime() - start) / 1_000_000);
    }
    System.out.printf("%d tests, %d failed%n", methods.length, failed);
    System.exit(failed == 0 && methods.length > 0 ? 0 : 1);
  }

  private static boolean runOne(Class<? extends Tests> type, Method method) throws Exception {
    Tests tests = type.getDeclaredConstructor().newInstance();
    tests.folder = Files.createTempDirectory("wombat_java_");
    try {
      method.setAccessible(true);
      method.invoke(tests);
      return true;
    } catch (InvocationTargetException exception) {
      exception.getCause().printStackTrace(System.out);
      return false;
    } finally {
      remove(tests.folder);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> {
        try {
          Files.delete(file);
        } catch (IOException exception) {
          throw new UncheckedIOException(exception);
        }
      });
    }
  }

  /** A path in the folder of this test. */
  Path path(String name) {
    return folder.resolve(name);
  }

  /** A database whose writes do not wait for the disk. */
  Wombat open(String name) {
    return Wombat.open(path(name), WombatOptions.builder().set(OptionName.WAL_SYNC, "os").build());
  }

  /** Of a random test: from WOMBAT_TEST_SEED or new, and printed. */
  static long seed() {
    String chosen = System.getenv("WOMBAT_TEST_SEED");
    long seed = chosen == null ? System.nanoTime() : Long.parseLong(chosen);
    System.out.println("WOMBAT_TEST_SEED=" + seed);
    return seed;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static void check(boolean fact, String what) {
    if (!fact) {
      throw new AssertionError("does not hold: " + what);
    }
  }

  static void checkEqual(Object actual, Object expected) {
    if (!Objects.deepEquals(actual, expected)) {
      throw new AssertionError(show(actual) + " instead of " + show(expected));
    }
  }

  static <T extends Throwable> T checkThrows(Class<T> type, Call call) {
    try {
      call.run();
    } catch (Throwable thrown) {
      if (type.isInstance(thrown)) {
        return type.cast(thrown);
      }
      throw new AssertionError(thrown + " instead of " + type.getSimpleName(), thrown);
    }
    throw new AssertionError("nothing was thrown instead of " + type.getSimpleName());
  }

  static WombatException checkStatus(Status status, Call call) {
    WombatException exception = checkThrows(WombatException.class, call);
    checkEqual(exception.status(), status);
    return exception;
  }

  private static String show(Object object) {
    return object instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(object);
  }
}
