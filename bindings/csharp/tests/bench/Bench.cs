// The C# part of bindings/bench/bench_bindings.py: prints "CASE NANOSECONDS" for each case, the best of several rounds.
using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using WombatDb;

const int RowCount = 1_000_000;
const int KeyCount = 1 << 16;
const int HotCount = 64;
const int ValueSize = 100;
const int BatchSize = 1000;
const int TransactionCount = 2000;
const int RoundCount = 48;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = new WombatOptions { [OptionNames.WalSync] = "os" };
using WombatDatabase db = WombatDatabase.Open(args[0], options);
using WombatDatabase written = WombatDatabase.Open(args[0] + ".csharp", options);
ulong state = 42;
byte[][] keys = Enumerable.Range(0, KeyCount).Select(_ =>
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return Encoding.UTF8.GetBytes($"key{(state >> 33) % RowCount:D13}");
}).ToArray();
byte[] value = Enumerable.Repeat((byte)'v', ValueSize).ToArray();
byte[] room = new byte[ValueSize];
long sink = 0;

Report("get_new", KeyCount, () =>
{
    foreach (byte[] key in keys)
    {
        db.TryGet(key, out byte[]? found);
        sink += found!.Length;
    }
});
Report("get_buffer", KeyCount, () =>
{
    foreach (byte[] key in keys)
    {
        db.TryGet(key, room, out int size);
        sink += size;
    }
});
Report("get_hot", KeyCount, () =>
{
    for (int i = 0; i < KeyCount; ++i)
    {
        db.TryGet(keys[i % HotCount], room, out int size);
        sink += size;
    }
});
Report("batch_put", 20 * BatchSize, () =>
{
    using var batch = new WriteBatch();
    for (int i = 0; i < 20; ++i)
    {
        for (int j = 0; j < BatchSize; ++j)
        {
            batch.Put(keys[i * BatchSize + j], value);
        }
        written.Write(batch);
        batch.Clear();
    }
});
foreach (byte[] key in keys)
{
    written.Put(key, value);
}
Report("transaction", TransactionCount, () =>
{
    for (int i = 0; i < TransactionCount; ++i)
    {
        byte[] first = keys[i % HotCount], second = keys[(i + 1) % HotCount];
        using WombatTransaction txn = written.BeginTransaction();
        txn.TryGet(first, room, out int firstSize);
        txn.TryGet(second, room, out int secondSize);
        txn.Put(first, value);
        txn.Put(second, value);
        txn.Commit();
        sink += firstSize + secondSize;
    }
});
Report("four_calls", TransactionCount, () =>
{
    for (int i = 0; i < TransactionCount; ++i)
    {
        byte[] first = keys[i % HotCount], second = keys[(i + 1) % HotCount];
        written.TryGet(first, room, out int firstSize);
        written.TryGet(second, room, out int secondSize);
        written.Put(first, value);
        written.Put(second, value);
        sink += firstSize + secondSize;
    }
});
Report("scan", RowCount, () =>
{
    foreach (Row row in db.Scan())
    {
        sink += row.Key.Length + row.Value.Length;
    }
});
return sink == 42 ? 1 : 0;

void Report(string name, int operations, Action round)
{
    if (args.Length > 1 && args[1] != name)
    {
        return;
    }
    double best = double.MaxValue;
    round();
    for (int i = 0; i < RoundCount; ++i)
    {
        long start = Stopwatch.GetTimestamp();
        round();
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }
    Console.WriteLine($"{name} {best / operations:F1}");
}
