package org.wombatdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Tables that are built outside of a database and taken in. */
final class BulkTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(BulkTest.class, names);
  }

  /** A file with some keys, each its own value. */
  private Path build(String name, String... keys) {
    Path file = path(name);
    WombatOptions options = WombatOptions.builder().set(OptionName.COMPRESSION_CODEC, "none").build();
    try (TableBuilder builder = new TableBuilder(file, options)) {
      for (String key : keys) {
        builder.put(bytes(key), bytes(key));
      }
      builder.finish();
    }
    return file;
  }

  @Test
  void buildAndIngest() throws IOException {
    Path file = path("rows");
    byte[] large = new byte[300_000];
    Instant then = Instant.ofEpochSecond(32_503_680_000L, 1000);
    try (Wombat db = open("db"); TableBuilder builder = new TableBuilder(file)) {
      db.put(bytes("a"), bytes("old"));
      db.put(bytes("c"), bytes("old"));
      builder.put(new byte[0], bytes("empty key")).put(bytes("a"), large).put(bytes("b"), new byte[0], then)
          .put(bytes("b2"), bytes("stays"), Wombat.NEVER).put(bytes("b3"), bytes("gone"), Instant.EPOCH).delete(bytes("c"));
      WombatException failure = checkStatus(Status.INVALID_ARGUMENT, () -> builder.put(bytes("b"), large));
      check(failure.getMessage().contains("\"b\"") && failure.getMessage().contains("\"c\""), failure.getMessage());
      byte[] longKey = new byte[Wombat.KEY_SIZE_MAX + 1];
      Arrays.fill(longKey, (byte) 'd');
      checkStatus(Status.TOO_LARGE, () -> builder.delete(longKey));
      checkThrows(NullPointerException.class, () -> builder.put(bytes("d"), null, then));
      checkThrows(NullPointerException.class, () -> builder.delete(null));
      checkThrows(IndexOutOfBoundsException.class, () -> builder.put(longKey, 0, 1, large, large.length, 1));
      checkEqual(builder.entryCount(), 6L);
      check(builder.fileSize() > 0, "size");
      builder.finish();
      checkEqual(builder.fileSize(), Files.size(file));
      checkStatus(Status.INVALID_ARGUMENT, builder::finish);
      AtomicInteger reports = new AtomicInteger();
      db.maintenance().ingest(List.of(file), false,
          TaskOptions.DEFAULT.withProgress((done, total) -> reports.incrementAndGet() > 0));
      check(reports.get() > 0, "progress");
      checkEqual(text(db.get(new byte[0])), "empty key");
      checkEqual(db.get(bytes("a")), large);
      checkEqual(db.expiry(bytes("b")), then);
      checkEqual(text(db.get(bytes("b2"))), "stays");
      checkEqual(db.get(bytes("b3")), null);
      checkEqual(db.get(bytes("c")), null);
      check(Files.exists(file), "left where it is");
      db.createKeyspace("space");
      try (Wombat space = db.openKeyspace("space")) {
        space.maintenance().ingest(List.of(file), true, TaskOptions.DEFAULT);
        checkEqual(text(space.get(bytes("b2"))), "stays");
      }
      check(!Files.exists(file), "removed");
      db.maintenance().verify();
    }
  }

  @Test
  void manyFiles() {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < 20; ++i) {
      files.add(build("part " + i, String.format("key %02d a", i), String.format("key %02d b", i)));
    }
    try (Wombat db = open("db")) {
      AsyncWombat async = db.async(Runnable::run);
      async.ingest(files.subList(0, 10), true).join();
      check(!Files.exists(files.get(0)), "removed");
      async.reclaim(0).join();
      db.maintenance().ingest(files.subList(10, 20));
      try (Rows rows = db.rows(IteratorOptions.DEFAULT)) {
        checkEqual(rows.stream().count(), 40L);
      }
    }
  }

  @Test
  void whatIsWrong() throws IOException {
    Path first = build("first", "a", "m");
    Path second = build("second", "k", "z");
    Path damaged = build("damaged", "p", "q");
    byte[] content = Files.readAllBytes(damaged);
    content[content.length / 2] ^= 1;
    Files.write(damaged, content);
    try (Wombat db = open("db"); Cancellation cancellation = new Cancellation()) {
      Maintenance maintenance = db.maintenance();
      checkStatus(Status.INVALID_ARGUMENT, () -> maintenance.ingest(List.of(first, second)));
      checkStatus(Status.CORRUPTION, () -> maintenance.ingest(List.of(first, damaged)));
      checkStatus(Status.MISSING_FILE, () -> maintenance.ingest(List.of(first, path("none"))));
      checkStatus(Status.INVALID_ARGUMENT, () -> maintenance.ingest(List.of(first, Path.of(""))));
      checkThrows(NullPointerException.class, () -> maintenance.ingest(null));
      checkThrows(NullPointerException.class, () -> maintenance.ingest(Arrays.asList(first, null)));
      checkStatus(Status.CANCELLED,
          () -> maintenance.ingest(List.of(first), false, TaskOptions.DEFAULT.withProgress((done, total) -> false)));
      cancellation.request();
      checkStatus(Status.CANCELLED,
          () -> maintenance.ingest(List.of(first), false, TaskOptions.DEFAULT.withCancellation(cancellation)));
      checkEqual(db.get(bytes("a")), null);
      checkStatus(Status.ALREADY_EXISTS, () -> new TableBuilder(first));
      checkStatus(Status.DOES_NOT_EXIST, () -> new TableBuilder(path("none").resolve("file")));
      checkStatus(Status.INVALID_ARGUMENT, () -> new TableBuilder(path("000001.table")));
      TableBuilder builder = new TableBuilder(path("unfinished"));
      checkStatus(Status.INVALID_ARGUMENT, builder::finish);
      builder.put(bytes("a"), bytes("b"));
      builder.close();
      builder.close();
      check(!Files.exists(path("unfinished")), "removed");
      checkStatus(Status.CLOSED, () -> builder.put(bytes("b"), bytes("b")));
      checkStatus(Status.CLOSED, () -> builder.put(bytes("b"), bytes("b"), Wombat.NEVER));
      checkStatus(Status.CLOSED, () -> builder.delete(bytes("b")));
      checkStatus(Status.CLOSED, builder::entryCount);
      checkStatus(Status.CLOSED, builder::fileSize);
      checkStatus(Status.CLOSED, builder::finish);
      db.close();
      checkStatus(Status.CLOSED, () -> maintenance.ingest(List.of(first)));
    }
  }

  private interface Step {
    void run(int number);
  }

  @Test
  void closeWhileOthersWork() throws Exception {
    Random random = new Random(seed());
    for (int round = 0; round < 20; ++round) {
      Wombat db = open("db" + round);
      TableBuilder builder = new TableBuilder(path("building" + round));
      Path ready = build("ready" + round, "a", "b");
      AtomicReference<Throwable> unexpected = new AtomicReference<>();
      List<Thread> threads = List.of(
          new Thread(() -> untilClosed(unexpected, i -> builder.put(bytes(String.format("%09d", i)), new byte[200]))),
          new Thread(() -> untilClosed(unexpected, i -> db.maintenance().ingest(List.of(ready)))));
      threads.forEach(Thread::start);
      Thread.sleep(random.nextInt(20));
      builder.close();
      Thread.sleep(random.nextInt(5));
      db.close();
      for (Thread thread : threads) {
        thread.join();
      }
      checkEqual(unexpected.get(), null);
    }
  }

  private static void untilClosed(AtomicReference<Throwable> unexpected, Step step) {
    for (int i = 0;; ++i) {
      try {
        step.run(i);
      } catch (WombatException exception) {
        if (exception.status() == Status.CLOSED) {
          return;
        }
        if (exception.status() != Status.BUSY) {
          unexpected.set(exception);
          return;
        }
      } catch (Throwable failure) {
        unexpected.set(failure);
        return;
      }
    }
  }
}
