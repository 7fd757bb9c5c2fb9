using System;
using System.IO;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Tests that look at the whole process: no other test runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection
{
}

/// <summary>Opens and closes databases, and ten times as many of everything else. Nothing may grow.</summary>
[Collection("alone")]
public sealed class GrowthTests : TestDatabase
{
    [Fact]
    public void NothingGrows()
    {
        int cycles = NumberFrom("WOMBAT_TEST_CYCLES", 1000);
        Put("k", "v");
        Db.Flush(); // or the database does it by itself in some minutes, and has more files open
        string folder = MemoryFolder();
        try
        {
            Cycle(folder, 200);
            Collect();
            long memory = Environment.WorkingSet;
            int descriptors = Directory.GetFiles("/proc/self/fd").Length;
            Cycle(folder, cycles);
            Collect();
            Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, descriptors + 4); // the test framework opens some, too
            Assert.InRange((Environment.WorkingSet - memory) >> 20, long.MinValue, NumberFrom("WOMBAT_TEST_GROWTH", 64));
        }
        finally
        {
            WombatDatabase.Destroy(folder);
        }
    }

    /// <summary>A folder that needs no disk, if there is such a thing: opening a database waits for the disk.</summary>
    private string MemoryFolder() =>
        Directory.Exists("/dev/shm") ? Path.Combine("/dev/shm", "wombat_csharp_" + Guid.NewGuid().ToString("N")) : PathOf("other");

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private void Cycle(string folder, int count)
    {
        for (int i = 0; i < count; ++i)
        {
            using (WombatDatabase other = WombatDatabase.Open(folder, new WombatOptions { [OptionNames.WalSync] = "os" }))
            {
                other.Put("k"u8, "v"u8);
            }
            for (int j = 0; j < 10; ++j)
            {
                OpenAndCloseChildren();
            }
        }
    }

    private void OpenAndCloseChildren()
    {
        using WombatIterator rows = Db.CreateIterator();
        using Snapshot snapshot = Db.CreateSnapshot();
        using var batch = new WriteBatch();
        using var builder = new TableBuilder(PathOf("building"));
        builder.Put("k"u8, "v"u8);
        using WombatDatabase keyspace = Db.OpenKeyspace("default");
        using WombatTransaction txn = keyspace.BeginTransaction();
        using WombatIterator seen = txn.CreateIterator();
        txn.Put("t"u8, "v"u8);
        Assert.True(rows.Next());
        Assert.True(rows.TryReadValue(out _));
        Assert.True(seen.Next());
        Db.TryView("k"u8, batch, (value, to) => to.Put(value, value), out _, new ReadOptions { Snapshot = snapshot });
        Assert.Throws<WombatException>(() => Db.GetOption("nonsense"));
    }
}
