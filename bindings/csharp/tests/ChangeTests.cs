using System;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Merges, range deletes, times to live, single calls that read and write as one, and reads of old states.</summary>
public sealed class ChangeTests : TestDatabase
{
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(20);

    private void WaitUntilAbsent(string key)
    {
        for (int i = 0; i < 500 && Get(key) != null; ++i)
        {
            Thread.Sleep(10);
        }
        Assert.Null(Get(key));
    }

    private long Number(string key)
    {
        Assert.True(Db.TryGet(Bytes(key), out byte[]? value));
        return MergeOperators.ToInt64(value);
    }

    [Fact]
    public void Merges()
    {
        Db.Merge(MergeOperators.Int64Add, "n"u8, MergeOperators.FromInt64(40));
        Db.Merge(MergeOperators.Int64Add, "n"u8, MergeOperators.FromInt64(2), new WriteOptions { Sync = SyncPolicy.Always });
        Assert.Equal(42, Number("n"));
        Db.Merge(MergeOperators.Int64Min, "n"u8, MergeOperators.FromInt64(-7));
        Db.Merge(MergeOperators.Int64Max, "n"u8, MergeOperators.FromInt64(-9));
        Assert.Equal(-7, Number("n"));
        Db.Merge(MergeOperators.DoubleAdd, "d"u8, MergeOperators.FromDouble(0.5));
        Db.Merge(MergeOperators.DoubleAdd, "d"u8, MergeOperators.FromDouble(0.25));
        Db.Merge(MergeOperators.DoubleMax, "d"u8, MergeOperators.FromDouble(0.5));
        Db.Merge(MergeOperators.DoubleMin, "d"u8, MergeOperators.FromDouble(0.625));
        Db.TryGet("d"u8, out byte[]? real);
        Assert.Equal(0.625, MergeOperators.ToDouble(real));
        Db.Merge(MergeOperators.Append, "a"u8, "x"u8);
        Db.Merge(MergeOperators.AppendWith(", "), "a"u8, "y"u8);
        Assert.Equal("x, y", Get("a"));
        Db.Merge(MergeOperators.BytesMax, "a"u8, "z"u8);
        Db.Merge(MergeOperators.BytesMin, "a"u8, "zz"u8);
        Db.Merge(MergeOperators.SetIfAbsent, "a"u8, "q"u8);
        Assert.Equal("z", Get("a"));
        Db.Merge(MergeOperators.BitOr, "a"u8, new byte[] { 1 });
        Assert.Equal("{", Get("a"));
        Fails(WombatStatus.InvalidArgument, () => Db.Merge("nonsense", "a"u8, default));
        Fails(WombatStatus.InvalidArgument, () => Db.Merge(MergeOperators.Int64Add, "a"u8, "1"u8));
        Assert.Throws<ArgumentNullException>(() => Db.Merge(null!, "a"u8, default));
        Db.Merge(MergeOperators.Int64Add, "a"u8, MergeOperators.FromInt64(1));
        Fails(WombatStatus.MergeFailed, () => Get("a"));
        Assert.Throws<FormatException>(() => MergeOperators.ToInt64("123"u8));
    }

    [Fact]
    public void RangeDeletes()
    {
        foreach (string key in new[] { "a", "b", "c", "d" })
        {
            Put(key, key);
        }
        Db.DeleteRange("b"u8.ToArray(), "d"u8.ToArray());
        Assert.Equal("a  d", $"{Get("a")} {Get("b")}{Get("c")} {Get("d")}");
        Fails(WombatStatus.InvalidArgument, () => Db.DeleteRange("b"u8.ToArray(), "a"u8.ToArray()));
        Db.DeleteRange("d"u8.ToArray(), null);
        Assert.Null(Get("d"));
        Db.DeleteRange(null, null);
        Assert.Empty(Db.Scan());
    }

    [Fact]
    public void TimesToLive()
    {
        Db.Put("brief"u8, "v"u8, new WriteOptions { TimeToLive = Brief });
        Db.Put("long"u8, "v"u8, new WriteOptions { TimeToLive = TimeSpan.FromDays(10_000) });
        WaitUntilAbsent("brief");
        Assert.Equal("v", Get("long"));
        Fails(WombatStatus.InvalidArgument, () => Db.Put("k"u8, default, new WriteOptions { TimeToLive = TimeSpan.FromSeconds(-2) }));
        Db.SetOption(OptionNames.TtlDefaultMs, "1");
        Db.Put("never"u8, "v"u8, new WriteOptions { TimeToLive = Timeout.InfiniteTimeSpan });
        Put("usual", "v");
        using var batch = new WriteBatch();
        batch.Put("batch"u8, "v"u8).Put("batch never"u8, "v"u8, Timeout.InfiniteTimeSpan).Put("batch brief"u8, "v"u8, Brief);
        Db.Write(batch);
        WaitUntilAbsent("usual");
        WaitUntilAbsent("batch");
        WaitUntilAbsent("batch brief");
        Assert.Equal("v v", $"{Get("never")} {Get("batch never")}");
        batch.Clear();
        batch.Put("whole"u8, "v"u8);
        Db.Write(batch, new WriteOptions { TimeToLive = TimeSpan.MaxValue });
        Thread.Sleep(5);
        Assert.Equal("v", Get("whole"));
    }

    /// <summary>What was given first comes first, however it crosses.</summary>
    [Fact]
    public void BatchesKeepTheirOrder()
    {
        Put("gone", "v");
        using var batch = new WriteBatch();
        batch.Put("n"u8, MergeOperators.FromInt64(1)).Merge(MergeOperators.Int64Add, "n"u8, MergeOperators.FromInt64(2))
            .Put("taken back"u8, "v"u8).DeleteRange("gone"u8.ToArray(), "gonf"u8.ToArray())
            .DeleteRange("taken"u8.ToArray(), null).Put("taken later"u8, "v"u8);
        Assert.Equal(6, batch.Count);
        Db.Write(batch);
        Assert.Equal(3, Number("n"));
        Assert.Equal("v", $"{Get("gone")}{Get("taken back")}{Get("taken later")}");
        Fails(WombatStatus.InvalidArgument, () => batch.Merge(MergeOperators.Int64Add, "n"u8, "1"u8));
        Fails(WombatStatus.InvalidArgument, () => batch.DeleteRange("b"u8.ToArray(), "a"u8.ToArray()));
        Assert.Equal(6, batch.Count);
    }

    [Fact]
    public void SingleCalls()
    {
        Assert.True(Db.PutIfAbsent("k"u8, "1"u8));
        Assert.False(Db.PutIfAbsent("k"u8, "2"u8));
        Assert.True(Db.CompareAndSet("k"u8, Bytes("1"), Bytes("3")));
        Assert.False(Db.CompareAndSet("k"u8, Bytes("1"), Bytes("4")));
        Assert.False(Db.CompareAndSet("k"u8, null, Bytes("4")));
        Assert.Equal("3", Get("k"));
        Assert.True(Db.CompareAndSet("k"u8, Bytes("3"), null));
        Assert.Null(Get("k"));
        Assert.True(Db.CompareAndSet("k"u8, null, Array.Empty<byte>()));
        Assert.False(Db.CompareAndSet("k"u8, null, Bytes("x")));
        Assert.True(Db.CompareAndSet("k"u8, Array.Empty<byte>(), null));
        Assert.True(Db.CompareAndSet("k"u8, null, null));
        Assert.Equal(0, Db.FetchAdd("n"u8, 5));
        Assert.Equal(5, Db.FetchAdd("n"u8, -7));
        Assert.Equal(-2, Number("n"));
        Put("text", "abc");
        Fails(WombatStatus.MergeFailed, () => Db.FetchAdd("text"u8, 1));
        Assert.True(Db.PutIfAbsent("brief"u8, "v"u8, new WriteOptions { TimeToLive = Brief }));
        WaitUntilAbsent("brief");
        Assert.True(Db.PutIfAbsent("brief"u8, "v"u8));
    }

    [Fact]
    public void AMergeAllocatesNothing()
    {
        byte[] key = Bytes("k");
        byte[] one = MergeOperators.FromInt64(1);
        long calls = 0;
        AllocatesNothing(() =>
        {
            Db.Merge(MergeOperators.Int64Add, key, one);
            Db.FetchAdd(key, 1);
            calls += 2;
        });
        Assert.Equal(calls, Number("k"));
    }

    /// <summary>A time at which the value can be read; such times are noted now and then.</summary>
    private static DateTimeOffset WaitUntilTimeIsNoted(WombatDatabase db, string key, string expected)
    {
        for (int i = 0; i < 100; ++i)
        {
            DateTimeOffset time = DateTimeOffset.UtcNow;
            Thread.Sleep(200);
            try
            {
                if (db.TryGet(Bytes(key), out byte[]? value, new ReadOptions { AsOfTime = time }) && Text(value) == expected)
                {
                    return time;
                }
            }
            catch (WombatException exception) when (exception.Status == WombatStatus.TooOld)
            {
            }
        }
        throw new TimeoutException("no time was noted");
    }

    [Fact]
    public void OldStates()
    {
        using WombatDatabase db = Open("history", options => options.Set(OptionNames.HistoryRetentionS, 3600));
        Put(db, "k", "old");
        long old = db.CommitTimestamp;
        DateTimeOffset time = WaitUntilTimeIsNoted(db, "k", "old");
        Put(db, "k", "new");
        Put(db, "l", "new");
        Assert.True(db.CommitTimestamp > old);
        foreach (ReadOptions options in new[] { new ReadOptions { AsOfTimestamp = old }, new ReadOptions { AsOfTime = time } })
        {
            Assert.True(db.TryGet("k"u8, out byte[]? value, options));
            Assert.Equal("old", Text(value));
            Assert.True(db.TryView("k"u8, 0, (bytes, _) => Text(bytes), out string? seen, options));
            Assert.Equal("old", seen);
            Assert.False(db.Contains("l"u8, options));
            byte[]?[] values = db.MultiGet(new[] { Bytes("k"), Bytes("l") }, options);
            Assert.Equal("old", Text(values[0]!));
            Assert.Null(values[1]);
        }
        Assert.Single(db.Scan(new IteratorOptions { AsOfTimestamp = old }));
        Assert.Single(db.Scan(new IteratorOptions { AsOfTime = time, KeysOnly = true }));
        Assert.Equal(2, System.Linq.Enumerable.Count(db.Scan()));
        var future = new ReadOptions { AsOfTimestamp = db.CommitTimestamp + 1000 };
        Fails(WombatStatus.InvalidArgument, () => db.TryGet("k"u8, out _, future));
    }

    [Fact]
    public void WithoutHistoryTheStateBeforeTheOpenIsTooOld()
    {
        using (WombatDatabase db = Open("plain"))
        {
            Put(db, "k", "v");
            Put(db, "k", "w");
        }
        using WombatDatabase again = Open("plain");
        Fails(WombatStatus.TooOld, () => again.TryGet("k"u8, out _, new ReadOptions { AsOfTimestamp = 1 }));
        Fails(WombatStatus.TooOld, () => again.CreateIterator(new IteratorOptions { AsOfTime = DateTimeOffset.UtcNow.AddDays(-1) }));
    }

    [Fact]
    public void OneMomentOnly()
    {
        Put("k", "v");
        using Snapshot snapshot = Db.CreateSnapshot();
        Fails(WombatStatus.InvalidArgument, () => new ReadOptions { AsOfTimestamp = 0 });
        Fails(WombatStatus.InvalidArgument, () => new ReadOptions { AsOfTime = DateTimeOffset.UnixEpoch });
        Fails(WombatStatus.InvalidArgument, () => new IteratorOptions { AsOfTimestamp = -1 });
        Fails(WombatStatus.InvalidArgument, () => new IteratorOptions { AsOfTime = DateTimeOffset.MinValue });
        var both = new ReadOptions { AsOfTimestamp = 1, Snapshot = snapshot };
        Assert.Contains("Snapshot", Fails(WombatStatus.InvalidArgument, () => Db.TryGet("k"u8, out _, both)).Message);
        Fails(WombatStatus.InvalidArgument, () => Db.MultiGet(new[] { Bytes("k") }, both));
        Fails(WombatStatus.InvalidArgument, () => Db.Contains("k"u8, both with { Snapshot = null, AsOfTime = DateTimeOffset.UtcNow }));
        Fails(WombatStatus.InvalidArgument,
            () => Db.CreateIterator(new IteratorOptions { AsOfTimestamp = 1, AsOfTime = DateTimeOffset.UtcNow }));
        ReadOptions none = both with { AsOfTimestamp = null, AsOfTime = null };
        Assert.Null(none.AsOfTimestamp);
        Assert.Null(none.AsOfTime);
        Assert.True(Db.Contains("k"u8, none));
        DateTimeOffset time = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(time, new ReadOptions { AsOfTime = time.AddTicks(9) }.AsOfTime);
        Assert.Equal(7, new IteratorOptions { AsOfTimestamp = 7 }.AsOfTimestamp);
    }
}
