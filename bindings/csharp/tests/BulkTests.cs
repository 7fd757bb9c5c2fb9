using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Tables that are built outside of a database and taken in.</summary>
public sealed class BulkTests : TestDatabase
{
    /// <summary>A file with some keys, each its own value.</summary>
    private string Build(string name, params string[] keys)
    {
        string path = PathOf(name);
        using var builder = new TableBuilder(path, new WombatOptions { [OptionNames.CompressionCodec] = "none" });
        foreach (string key in keys)
        {
            builder.Put(Bytes(key), Bytes(key));
        }
        builder.Finish();
        return path;
    }

    [Fact]
    public void BuildAndIngest()
    {
        Put("a", "old");
        Put("c", "old");
        string path = PathOf("rows größe");
        byte[] large = new byte[300_000];
        DateTimeOffset then = DateTimeOffset.FromUnixTimeMilliseconds(32_503_680_000_001);
        using (var builder = new TableBuilder(path))
        {
            builder.Put(default, "empty key"u8).Put("a"u8, large).PutUntil("b"u8, default, then).PutUntil("b2"u8, "stays"u8, null)
                .PutUntil("b3"u8, "gone"u8, DateTimeOffset.UnixEpoch).Delete("c"u8);
            WombatException failure = Fails(WombatStatus.InvalidArgument, () => builder.Put("b"u8, default));
            Assert.Contains("\"b\"", failure.Message);
            Assert.Contains("\"c\"", failure.Message);
            Fails(WombatStatus.TooLarge, () => builder.Delete(Bytes(new string('d', WombatDatabase.KeySizeMax + 1))));
            Assert.Equal(6, builder.EntryCount);
            Assert.True(builder.FileSize > 0);
            builder.Finish();
            Assert.Equal(new FileInfo(path).Length, builder.FileSize);
            Fails(WombatStatus.InvalidArgument, builder.Finish);
        }
        int reports = 0;
        Db.Ingest(new[] { path }, options: new TaskOptions { Progress = _ => ++reports });
        Assert.True(reports > 0);
        Assert.Equal("empty key", Get(""));
        Assert.True(Db.TryGet("a"u8, out byte[]? value));
        Assert.Equal(large, value);
        Assert.True(Db.TryGetExpiry("b"u8, out DateTimeOffset? expiry));
        Assert.Equal(then, expiry);
        Assert.Equal("stays", Get("b2"));
        Assert.Null(Get("b3"));
        Assert.Null(Get("c"));
        Assert.True(File.Exists(path));
        Db.CreateKeyspace("space");
        using WombatDatabase space = Db.OpenKeyspace("space");
        space.Ingest(new[] { path }, true);
        Assert.Equal("stays", Get(space, "b2"));
        Assert.False(File.Exists(path));
        Db.Verify();
    }

    [Fact]
    public async Task ManyFiles()
    {
        string[] paths = Enumerable.Range(0, 20).Select(i => Build($"part {i}", $"key {i:00} a", $"key {i:00} b")).ToArray();
        await Db.IngestAsync(paths, true);
        Assert.Equal(40, Db.Scan().Count());
        Assert.DoesNotContain(paths, File.Exists);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Db.IngestAsync(paths, true, new CancellationToken(true)));
    }

    [Fact]
    public void WhatIsWrong()
    {
        string first = Build("first", "a", "m");
        string second = Build("second", "k", "z");
        string damaged = Build("damaged", "p", "q");
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        Fails(WombatStatus.InvalidArgument, () => Db.Ingest(new[] { first, second }));
        Fails(WombatStatus.Corruption, () => Db.Ingest(new[] { first, damaged }));
        Fails(WombatStatus.MissingFile, () => Db.Ingest(new[] { first, PathOf("none") }));
        Fails(WombatStatus.InvalidArgument, () => Db.Ingest(new[] { first, "" }));
        Fails(WombatStatus.InvalidArgument, () => Db.Ingest(new[] { "zero\0" }));
        Assert.Throws<ArgumentNullException>(() => Db.Ingest(null!));
        Assert.Throws<ArgumentNullException>(() => Db.Ingest(new string[] { null! }));
        var thrown = new InvalidDataException();
        Assert.Same(thrown, Assert.Throws<InvalidDataException>(
            () => Db.Ingest(new[] { first }, false, new TaskOptions { Progress = _ => throw thrown })));
        Assert.Null(Get("a"));
        Fails(WombatStatus.AlreadyExists, () => new TableBuilder(first));
        Fails(WombatStatus.DoesNotExist, () => new TableBuilder(Path.Combine(PathOf("none"), "file")));
        Fails(WombatStatus.InvalidArgument, () => new TableBuilder(PathOf("000001.table")));
        Fails(WombatStatus.InvalidArgument, () => new TableBuilder("zero\0"));
        Assert.Throws<ArgumentNullException>(() => new TableBuilder(null!));
        var builder = new TableBuilder(PathOf("unfinished"));
        Fails(WombatStatus.InvalidArgument, builder.Finish);
        builder.Put("a"u8, default);
        builder.Dispose();
        builder.Dispose();
        Assert.False(File.Exists(PathOf("unfinished")));
        Assert.Throws<ObjectDisposedException>(() => builder.Put("b"u8, default));
        Assert.Throws<ObjectDisposedException>(() => builder.PutUntil("b"u8, default, null));
        Assert.Throws<ObjectDisposedException>(() => builder.Delete("b"u8));
        Assert.Throws<ObjectDisposedException>(() => builder.EntryCount);
        Assert.Throws<ObjectDisposedException>(() => builder.FileSize);
        Assert.Throws<ObjectDisposedException>(builder.Finish);
        Db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Db.Ingest(new[] { first }));
    }

    [Fact]
    public void APutAllocatesNothing()
    {
        using var builder = new TableBuilder(PathOf("file"));
        byte[] key = new byte[8];
        byte[] value = new byte[100];
        long next = 0;
        AllocatesNothing(() =>
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(key, ++next);
            builder.Put(key, value);
        });
        Assert.Equal(next, builder.EntryCount);
    }

    [Fact]
    public void DisposeWhileOthersWork()
    {
        var random = new Random(Seed());
        for (int round = 0; round < 20; ++round)
        {
            WombatDatabase db = Open("db" + round);
            var builder = new TableBuilder(PathOf("building" + round));
            string ready = Build("ready" + round, "a", "b");
            var unexpected = new List<Exception>();
            var threads = new List<Thread>
            {
                new(() => UntilClosed(unexpected, i => builder.Put(Bytes($"{i:000000000}"), new byte[200]))),
                new(() => UntilClosed(unexpected, _ => db.Ingest(new[] { ready }))),
            };
            threads.ForEach(thread => thread.Start());
            Thread.Sleep(random.Next(20));
            builder.Dispose();
            Thread.Sleep(random.Next(5));
            db.Dispose();
            threads.ForEach(thread => thread.Join());
            Assert.Empty(unexpected);
        }
    }

    private static void UntilClosed(List<Exception> unexpected, Action<int> call)
    {
        for (int i = 0; ; ++i)
        {
            try
            {
                call(i);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (WombatException exception) when (exception.Status == WombatStatus.Busy)
            {
            }
            catch (Exception exception)
            {
                lock (unexpected)
                {
                    unexpected.Add(exception);
                }
                return;
            }
        }
    }
}
