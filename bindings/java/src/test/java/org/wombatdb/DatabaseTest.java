package org.wombatdb;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Every call of a database that is open. */
final class DatabaseTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(DatabaseTest.class, names);
  }

  @Test
  void putGetDelete() {
    try (Wombat db = open("db")) {
      checkEqual(db.get(bytes("ada")), null);
      db.put(bytes("ada"), bytes("1815"));
      checkEqual(text(db.get(bytes("ada"))), "1815");
      check(db.contains(bytes("ada")), "contains");
      db.put(bytes("ada"), bytes(""));
      checkEqual(db.get(bytes("ada")), new byte[0]);
      db.delete(bytes("ada"));
      checkEqual(db.get(bytes("ada")), null);
      check(!db.contains(bytes("ada")), "contains");
      db.delete(bytes("ada"));
      db.sync();
    }
  }

  @Test
  void everyByteValue() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; ++i) {
      all[i] = (byte) i;
    }
    try (Wombat db = open("db")) {
      db.put(all, all);
      checkEqual(db.get(all), all);
      db.put(new byte[0], all);
      checkEqual(db.get(new byte[0]), all);
    }
  }

  @Test
  void partsOfArrays() {
    byte[] buffer = new byte[20];
    try (Wombat db = open("db")) {
      db.put(bytes("--key--"), 2, 3, bytes("<value>"), 1, 5, WriteOptions.DEFAULT);
      checkEqual(db.get(bytes(" key "), 1, 3, buffer, 4, 16, ReadOptions.DEFAULT), 5);
      checkEqual(text(Arrays.copyOfRange(buffer, 4, 9)), "value");
      Arrays.fill(buffer, (byte) 7);
      checkEqual(db.get(bytes("key"), 0, 3, buffer, 0, 4, ReadOptions.DEFAULT), 5);
      checkEqual(buffer[0], (byte) 7);
      checkEqual(db.get(bytes("kex"), buffer), -1);
      checkThrows(IndexOutOfBoundsException.class, () -> db.get(bytes("key"), 1, 3, buffer, 0, 1, ReadOptions.DEFAULT));
      checkThrows(IndexOutOfBoundsException.class, () -> db.put(buffer, -1, 3, buffer, 0, 1, WriteOptions.DEFAULT));
      checkThrows(NullPointerException.class, () -> db.get(null));
      db.delete(bytes("--key--"), 2, 3, WriteOptions.DEFAULT);
      checkEqual(db.get(bytes("key")), null);
    }
  }

  @Test
  void buffers() {
    List<ByteBuffer> keys = List.of(wrap("..key", 2), direct("..key", 2), wrap("..key", 2).asReadOnlyBuffer());
    List<ByteBuffer> values = List.of(wrap(".value", 1), direct(".value", 1), wrap(".value", 1).asReadOnlyBuffer());
    List<ByteBuffer> targets = List.of(ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10));
    try (Wombat db = open("db")) {
      for (ByteBuffer key : keys) {
        for (ByteBuffer value : values) {
          db.put(key, value, WriteOptions.DEFAULT);
          for (ByteBuffer target : targets) {
            target.clear().position(3);
            checkEqual(db.get(key, target, ReadOptions.DEFAULT), 5);
            checkEqual(target.position(), 8);
            checkEqual(StandardCharsets.UTF_8.decode(target.flip().position(3)).toString(), "value");
            target.clear().limit(4);
            checkEqual(db.get(key, target, ReadOptions.DEFAULT), 5);
            checkEqual(target.position(), 0);
          }
          checkEqual(key.remaining(), 3);
          checkEqual(value.remaining(), 5);
          db.delete(key, WriteOptions.DEFAULT);
          checkEqual(db.get(key, targets.get(0), ReadOptions.DEFAULT), -1);
        }
      }
      checkThrows(java.nio.ReadOnlyBufferException.class,
          () -> db.get(keys.get(0), ByteBuffer.allocate(9).asReadOnlyBuffer(), ReadOptions.DEFAULT));
    }
  }

  private static ByteBuffer wrap(String text, int position) {
    return ByteBuffer.wrap(bytes(text)).position(position);
  }

  private static ByteBuffer direct(String text, int position) {
    return ByteBuffer.allocateDirect(text.length()).put(bytes(text)).flip().position(position);
  }

  @Test
  void getIntoBuffersMakesNoGarbage() {
    byte[] key = bytes("key");
    byte[] buffer = new byte[100];
    ByteBuffer directKey = direct("key", 0);
    ByteBuffer directBuffer = ByteBuffer.allocateDirect(100);
    ByteBuffer heapKey = ByteBuffer.wrap(key);
    ByteBuffer heapBuffer = ByteBuffer.wrap(buffer);
    try (Wombat db = open("db")) {
      db.put(key, new byte[100]);
      checkMakesNoGarbage("arrays", () -> db.get(key, buffer));
      checkMakesNoGarbage("direct buffers", () -> db.get(directKey, directBuffer.clear(), ReadOptions.DEFAULT));
      checkMakesNoGarbage("heap buffers", () -> db.get(heapKey, heapBuffer.clear(), ReadOptions.DEFAULT));
      checkMakesNoGarbage("heap to direct", () -> db.get(heapKey, directBuffer.clear(), ReadOptions.DEFAULT));
      checkMakesNoGarbage("direct to heap", () -> db.get(directKey, heapBuffer.clear(), ReadOptions.DEFAULT));
    }
  }

  /** Less than a byte for a call, over many: what is not compiled yet may allocate. */
  static void checkMakesNoGarbage(String what, IntSupplier get) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int calls = 20_000;
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < 10 && allocated >= calls; ++round) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < calls; ++i) {
        check(get.getAsInt() == 100, what);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    check(allocated < calls, what + ": " + calls + " gets allocate " + allocated + " bytes");
  }

  @Test
  void largeAndTooLarge() {
    byte[] key = new byte[Wombat.KEY_SIZE_MAX];
    byte[] value = new byte[20 << 20];
    Arrays.fill(key, (byte) 'k');
    Arrays.fill(value, (byte) 'v');
    try (Wombat db = open("db")) {
      db.put(key, value);
      checkEqual(db.get(key), value);
      checkStatus(Status.TOO_LARGE, () -> db.put(new byte[Wombat.KEY_SIZE_MAX + 1], value));
      checkStatus(Status.TOO_LARGE, () -> db.get(new byte[Wombat.KEY_SIZE_MAX + 1]));
    }
  }

  @Test
  void multiGet() {
    try (Wombat db = open("db")) {
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 1000; ++i) {
        keys.add(bytes("key" + i));
        if (i % 3 != 0) {
          byte[] value = new byte[i * 7];
          Arrays.fill(value, (byte) i);
          db.put(keys.get(i), value);
        }
      }
      checkEqual(db.multiGet(List.of()), List.of());
      List<byte[]> values = db.multiGet(keys);
      checkEqual(values.size(), 1000);
      for (int i = 0; i < 1000; ++i) {
        checkEqual(values.get(i), db.get(keys.get(i)));
      }
      try (Snapshot snapshot = db.snapshot()) {
        db.put(bytes("key1"), bytes("later"));
        checkEqual(db.multiGet(keys, ReadOptions.at(snapshot)).get(1).length, 7);
      }
      byte[] large = new byte[3 << 20];
      db.put(bytes("large"), large);
      checkEqual(db.multiGet(List.of(bytes("large"), bytes("key1"))).get(0), large);
    }
  }

  @Test
  void snapshots() {
    try (Wombat db = open("db")) {
      db.put(bytes("k"), bytes("old"));
      try (Snapshot snapshot = db.snapshot()) {
        db.put(bytes("k"), bytes("new"));
        checkEqual(text(db.get(bytes("k"), ReadOptions.at(snapshot))), "old");
        check(!db.contains(bytes("other"), ReadOptions.at(snapshot)), "contains");
        checkEqual(text(db.get(bytes("k"))), "new");
        check(snapshot.timestamp() > 0, "timestamp");
      }
      try (Wombat other = open("other"); Snapshot foreign = other.snapshot()) {
        checkStatus(Status.INVALID_ARGUMENT, () -> db.get(bytes("k"), ReadOptions.at(foreign)));
      }
    }
  }

  @Test
  void pinnedValues() {
    byte[] value = new byte[300_000];
    for (int i = 0; i < value.length; ++i) {
      value[i] = (byte) (i * 31 >> 3);
    }
    try (Wombat db = open("db")) {
      db.put(bytes("k"), value);
      checkEqual(db.getPinned(bytes("none"), ReadOptions.DEFAULT), null);
      try (PinnedValue pinned = db.getPinned(bytes("k"), ReadOptions.DEFAULT)) {
        db.delete(bytes("k"));
        checkEqual(pinned.size(), value.length);
        checkEqual(pinned.toByteArray(), value);
        byte[] part = new byte[10];
        pinned.copyTo(200_000, part, 2, 5);
        checkEqual(Arrays.copyOfRange(part, 2, 7), Arrays.copyOfRange(value, 200_000, 200_005));
        checkThrows(IndexOutOfBoundsException.class, () -> pinned.copyTo(value.length - 4, part, 0, 5));
      }
    }
  }

  @Test
  void optionsAndTheirDescription() {
    WombatOptions options = WombatOptions.builder().preset("durable").set(OptionName.CACHE_SIZE, 16 << 20)
        .set(OptionName.LOG_LEVEL, "debug").parse("memtable.size=1MiB; # comment").build();
    checkEqual(options.get(OptionName.CACHE_SIZE), "16777216");
    checkEqual(options.getLong(OptionName.MEMTABLE_SIZE), 1L << 20);
    checkEqual(options.toBuilder().set(OptionName.MEMTABLE_SIZE, "2MiB").build().getLong(OptionName.MEMTABLE_SIZE), 2L << 20);
    WombatException failure = checkStatus(Status.UNKNOWN_OPTION, () -> WombatOptions.builder().set("cache.sise", 1).build());
    check(failure.getMessage().contains("cache.size"), failure.getMessage());
    checkStatus(Status.INVALID_ARGUMENT, () -> WombatOptions.builder().preset("nonsense").build());
    List<OptionInfo> all = WombatOptions.describe();
    check(all.size() > 50, "all options");
    OptionInfo cache = all.stream().filter(info -> info.name().equals(OptionName.CACHE_SIZE)).findFirst().orElseThrow();
    checkEqual(cache.type(), OptionInfo.Type.SIZE);
    try (Wombat db = Wombat.open(path("db"), options)) {
      checkEqual(db.getOption(OptionName.CACHE_SIZE), "16777216");
      db.setOption(OptionName.WAL_SYNC, "os");
      checkEqual(db.getOption(OptionName.WAL_SYNC), "os");
      checkStatus(Status.INVALID_ARGUMENT, () -> db.setOption(OptionName.MAX_LEVELS, "3"));
    }
  }

  @Test
  void writeOptions() {
    try (Wombat db = open("db")) {
      WriteOptions options =
          WriteOptions.DEFAULT.withSync(WriteOptions.Sync.ALWAYS).withoutWaiting().withTimeout(Duration.ofSeconds(9));
      db.put(bytes("k"), bytes("v"), options);
      checkEqual(text(db.get(bytes("k"), ReadOptions.DEFAULT.withoutFillingCache())), "v");
      checkStatus(Status.INVALID_ARGUMENT, () -> WriteOptions.DEFAULT.withTimeout(Duration.ofSeconds(-1)));
    }
  }

  @Test
  void maintenance() {
    try (Wombat db = open("db")) {
      for (int i = 0; i < 5000; ++i) {
        db.put(bytes("key" + i), new byte[100]);
      }
      Maintenance maintenance = db.maintenance();
      maintenance.flush();
      maintenance.compactRange(null, null);
      maintenance.compactRange(bytes("key1"), bytes("key2"), TaskOptions.DEFAULT.withTimeout(Duration.ofMinutes(1)));
      maintenance.waitForBackgroundWork();
      List<Long> reports = new ArrayList<>();
      maintenance.verify(TaskOptions.DEFAULT.withProgress((done, total) -> reports.add(done)));
      check(!reports.isEmpty(), "progress was reported");
      checkStatus(Status.CANCELLED, () -> maintenance.verify(TaskOptions.DEFAULT.withProgress((done, total) -> false)));
      checkThrows(UnsupportedOperationException.class, () -> maintenance.verify(TaskOptions.DEFAULT.withProgress((done, total) -> {
        throw new UnsupportedOperationException();
      })));
      try (Cancellation cancellation = new Cancellation()) {
        cancellation.request();
        checkStatus(Status.CANCELLED, () -> maintenance.verify(TaskOptions.DEFAULT.withCancellation(cancellation)));
      }
      check(maintenance.approximateSize(null, null) > 1000, "size");
      check(maintenance.approximateSize(bytes("key1"), bytes("key2")) <= maintenance.approximateSize(null, null), "sizes");
      check(maintenance.cleanUpLogs() >= 0, "logs");
    }
  }

  @Test
  void monitor() {
    try (Wombat db = open("db")) {
      db.get(bytes("k"));
      Map<String, Long> statistics = db.monitor().statistics();
      check(statistics.get("get.count") >= 1, statistics.toString());
      check(Monitor.describeStatistics().containsKey("get.count"), "described");
      check(db.monitor().report(Monitor.Format.TEXT).contains("get"), "text");
      check(db.monitor().report(Monitor.Format.JSON).startsWith("{"), "json");
      for (String name : Monitor.describeProperties().keySet()) {
        check(db.monitor().property(name) != null, name);
      }
      check(db.monitor().propertyLong("disk.bytes") >= 0, "disk.bytes");
      checkStatus(Status.INVALID_ARGUMENT, () -> db.monitor().property("disk.bites"));
    }
  }

  @Test
  void log() throws Exception {
    List<String> messages = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    WombatOptions options = WombatOptions.builder().set(OptionName.LOG_LEVEL, "debug").log((level, message) -> {
      synchronized (messages) {
        messages.add(level + " " + message);
      }
      done.countDown();
      throw new IllegalStateException("a listener that fails is no reason to stop");
    }).build();
    try (Wombat db = Wombat.open(path("db"), options)) {
      db.put(bytes("k"), bytes("v"));
      db.maintenance().flush();
    }
    check(done.await(10, TimeUnit.SECONDS), "a message came");
  }

  @Test
  void futures() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      AsyncWombat async = db.async(executor);
      async.put(bytes("a"), bytes("1")).get();
      async.write(batch.put(bytes("b"), bytes("2"))).get();
      checkEqual(text(async.get(bytes("a")).get()), "1");
      checkEqual(async.multiGet(List.of(bytes("a"), bytes("x"))).get().get(1), null);
      async.delete(bytes("a")).thenCompose(nothing -> async.sync()).get();
      CompletableFuture.allOf(async.flush(), async.compactRange(null, null), async.waitForBackgroundWork(), async.verify()).get();
      checkEqual(db.get(bytes("a")), null);
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void files() throws Exception {
    checkStatus(Status.DOES_NOT_EXIST,
        () -> Wombat.open(path("none"), WombatOptions.builder().set(OptionName.OPEN_CREATE_IF_MISSING, 0).build()));
    Path unicode = path("größe 😀");
    try (Wombat db = Wombat.open(unicode)) {
      checkStatus(Status.LOCKED, () -> Wombat.open(unicode));
      check(Files.isDirectory(unicode), "the directory has the name it was given");
    }
    Wombat.destroy(unicode);
    check(!Files.exists(unicode), "destroyed");
    checkStatus(Status.DOES_NOT_EXIST, () -> Wombat.destroy(unicode));
    checkStatus(Status.INVALID_ARGUMENT, () -> WombatOptions.builder().set("a\0b", 1));
    checkStatus(Status.INVALID_ARGUMENT, () -> WombatOptions.builder().set("a\uD800", 1));
  }

  @Test
  void library() {
    checkEqual(Library.version().split("\\.").length, 3);
    check(Library.versionNumber() > 0, "version");
    check(!Library.hasFeature("nonsense"), "feature");
    checkEqual(Status.of(-41), Status.CORRUPTION);
    checkEqual(Status.of(-9999), Status.UNKNOWN);
    check(Status.BUSY.isRetryable() && !Status.CORRUPTION.isRetryable(), "retryable");
    check(!Status.CORRUPTION.help().isEmpty(), "help");
    for (Status status : Status.values()) {
      checkEqual(Raw.status_name(status.code()), status.name());
    }
  }
}
