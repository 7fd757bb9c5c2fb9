using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Every call of a database that is open.</summary>
public sealed class DatabaseTests : TestDatabase
{
    [Fact]
    public void PutGetDelete()
    {
        Assert.Null(Get("ada"));
        Put("ada", "1815");
        Assert.Equal("1815", Get("ada"));
        Assert.True(Db.Contains("ada"u8));
        Put("ada", "");
        Assert.Equal("", Get("ada"));
        Db.Put(default, "empty key"u8, new WriteOptions { Sync = SyncPolicy.Always, NoWait = true, Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal("empty key", Get(""));
        Db.Delete("ada"u8);
        Assert.False(Db.Contains("ada"u8, new ReadOptions { NoFillCache = true }));
        Db.Delete("ada"u8);
        Db.Sync();
    }

    [Fact]
    public void BuffersOfTheCaller()
    {
        Put("k", "value");
        Span<byte> buffer = stackalloc byte[10];
        Assert.True(Db.TryGet("k"u8, buffer, out int size));
        Assert.Equal("value"u8.ToArray(), buffer[..size].ToArray());
        Assert.True(Db.TryGet("k"u8, buffer[..4], out size));
        Assert.Equal(5, size);
        Assert.False(Db.TryGet("x"u8, buffer, out size));
        Assert.Equal(0, size);
        var writer = new ArrayBufferWriter<byte>();
        Assert.True(Db.TryGet("k"u8, writer));
        Assert.True(Db.TryGet("k"u8, writer));
        Assert.False(Db.TryGet("x"u8, writer));
        Assert.Equal("valuevalue"u8.ToArray(), writer.WrittenSpan.ToArray());
        byte[] key = "k"u8.ToArray();
        byte[] room = new byte[10];
        AllocatesNothing(() => Db.TryGet(key, room, out _));
    }

    [Fact]
    public void LargeAndTooLarge()
    {
        byte[] key = Enumerable.Repeat((byte)'k', WombatDatabase.KeySizeMax).ToArray();
        byte[] value = Enumerable.Repeat((byte)'v', 20 << 20).ToArray();
        Db.Put(key, value);
        Assert.True(Db.TryGet(key, out byte[]? found));
        Assert.Equal(value, found);
        Fails(WombatStatus.TooLarge, () => Db.Put(new byte[WombatDatabase.KeySizeMax + 1], value));
    }

    [Fact]
    public void MultiGetAnswersAllKeysAtOneMoment()
    {
        List<byte[]> keys = Enumerable.Range(0, 1000).Select(i => Bytes("key" + i)).ToList();
        for (int i = 0; i < keys.Count; ++i)
        {
            if (i % 3 != 0)
            {
                Db.Put(keys[i], Enumerable.Repeat((byte)i, 7 * i).ToArray());
            }
        }
        byte[]?[] values = Db.MultiGet(keys);
        for (int i = 0; i < keys.Count; ++i)
        {
            Db.TryGet(keys[i], out byte[]? expected);
            Assert.Equal(expected, values[i]);
        }
        Assert.Empty(Db.MultiGet(Array.Empty<byte[]>()));
        using Snapshot snapshot = Db.CreateSnapshot();
        Put("key1", "later");
        Assert.Equal(7, Db.MultiGet(keys, new ReadOptions { Snapshot = snapshot })[1]!.Length);
    }

    [Fact]
    public void SnapshotsShowTheirMoment()
    {
        Put("k", "old");
        using Snapshot snapshot = Db.CreateSnapshot();
        Put("k", "new");
        Assert.True(Db.TryGet("k"u8, out byte[]? value, new ReadOptions { Snapshot = snapshot }));
        Assert.Equal("old"u8.ToArray(), value);
        Assert.True(snapshot.Timestamp > 0);
        using WombatDatabase other = Open("other");
        using Snapshot foreign = other.CreateSnapshot();
        Fails(WombatStatus.InvalidArgument, () => Db.TryGet("k"u8, out _, new ReadOptions { Snapshot = foreign }));
    }

    [Fact]
    public void ViewSeesTheValueWhereItLies()
    {
        byte[] large = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3)).ToArray();
        Db.Put("k"u8, large);
        bool isFound = Db.TryView("k"u8, (Db, large), (value, state) =>
        {
            state.Db.Delete("k"u8);
            return value.SequenceEqual(state.large);
        }, out bool isSame);
        Assert.True(isFound && isSame);
        Assert.False(Db.TryView("k"u8, 0, (value, state) => value.Length, out _));
    }

    [Fact]
    public void OptionsAndTheirDescription()
    {
        WombatOptions options = new WombatOptions("durable").Set(OptionNames.CacheSize, 16 << 20).Parse("memtable.size=1MiB; # comment");
        Assert.Equal("16777216", options[OptionNames.CacheSize]);
        Assert.Equal(1 << 20, options.GetInt64(OptionNames.MemtableSize));
        Assert.Contains("cache.size", Fails(WombatStatus.UnknownOption, () => options.Set("cache.sise", 1)).Message);
        Fails(WombatStatus.InvalidArgument, () => new WombatOptions("nonsense"));
        Assert.True(WombatOptions.Describe().Count > 50);
        using WombatDatabase db = WombatDatabase.Open(PathOf("options"), options);
        Assert.Equal("16777216", db.GetOption(OptionNames.CacheSize));
        db.SetOption(OptionNames.WalSync, "os");
        Assert.Equal("os", db.GetOption(OptionNames.WalSync));
        Fails(WombatStatus.InvalidArgument, () => db.SetOption(OptionNames.MaxLevels, "3"));
    }

    [Fact]
    public async Task Maintenance()
    {
        for (int i = 0; i < 5000; ++i)
        {
            Db.Put(Bytes("key" + i), new byte[100]);
        }
        await Db.FlushAsync();
        await Db.CompactRangeAsync(null, null);
        Db.CompactRange("key1"u8.ToArray(), "key2"u8.ToArray(), new TaskOptions { Timeout = TimeSpan.FromMinutes(1) });
        await Db.WaitForBackgroundWorkAsync();
        await Db.VerifyAsync();
        var reports = new List<TaskProgress>();
        Db.Verify(new TaskOptions { Progress = reports.Add });
        Assert.NotEmpty(reports);
        Assert.Throws<NotSupportedException>(() => Db.Verify(new TaskOptions { Progress = _ => throw new NotSupportedException() }));
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Db.Verify(new TaskOptions
        {
            CancellationToken = source.Token,
            Progress = _ => source.Cancel(),
        }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Db.VerifyAsync(source.Token));
        Assert.True(Db.ApproximateSize(null, null) > 1000);
        Assert.True(Db.CleanUpLogs() >= 0);
    }

    [Fact]
    public void Monitor()
    {
        Get("k");
        Assert.True(Db.GetStatistics()["get.count"] >= 1);
        Assert.Contains("get.count", WombatLibrary.DescribeStatistics().Keys);
        Assert.NotEmpty(Db.GetReport());
        Assert.StartsWith("{", Db.GetReportAsJson());
        foreach (string name in WombatLibrary.DescribeProperties().Keys)
        {
            Assert.NotNull(Db.GetProperty(name));
        }
        Assert.True(Db.GetPropertyInt64("disk.bytes") >= 0);
        Fails(WombatStatus.InvalidArgument, () => Db.GetProperty("disk.bites"));
    }

    [Fact]
    public void MessagesReachTheLog()
    {
        using var isTold = new ManualResetEventSlim();
        using (WombatDatabase db = Open("log", options =>
        {
            options[OptionNames.LogLevel] = "debug";
            options.Log = (level, message) =>
            {
                isTold.Set();
                throw new InvalidOperationException("a listener that fails is no reason to stop");
            };
        }))
        {
            db.Put("k"u8, "v"u8);
            db.Flush();
        }
        Assert.True(isTold.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Files()
    {
        string path = PathOf("größe 🐾");
        Fails(WombatStatus.DoesNotExist, () => WombatDatabase.Open(path, new WombatOptions().Set(OptionNames.OpenCreateIfMissing, 0)));
        using (WombatDatabase.Open(path))
        {
            Fails(WombatStatus.Locked, () => WombatDatabase.Open(path));
            Assert.True(Directory.Exists(path));
        }
        WombatDatabase.Destroy(path);
        Assert.False(Directory.Exists(path));
        Fails(WombatStatus.DoesNotExist, () => WombatDatabase.Destroy(path));
        Fails(WombatStatus.InvalidArgument, () => WombatDatabase.Open("a\0b"));
        Fails(WombatStatus.InvalidArgument, () => WombatDatabase.Open("a\uD800"));
    }

    [Fact]
    public void TheLibrary()
    {
        Assert.Equal(3, WombatLibrary.Version.Split('.').Length);
        Assert.True(WombatLibrary.VersionNumber > 0);
        Assert.False(WombatLibrary.HasFeature("nonsense"));
        Assert.Equal("CORRUPTION", WombatLibrary.NameOf(WombatStatus.Corruption));
        Assert.NotEmpty(WombatLibrary.HelpFor(WombatStatus.Corruption));
        Assert.True(WombatLibrary.IsRetryable(WombatStatus.Busy));
    }
}
