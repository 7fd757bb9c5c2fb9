using System;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Several sets of keys in one database.</summary>
public sealed class KeyspaceTests : TestDatabase
{
    private WombatDatabase Create(string name)
    {
        Db.CreateKeyspace(name);
        return Db.OpenKeyspace(name);
    }

    [Fact]
    public void EachHasItsOwnKeys()
    {
        using WombatDatabase visits = Create("visits");
        Put("ada", "1815");
        Put(visits, "ada", "7");
        Put(visits, "bob", "1");
        Assert.Equal("1815", Get("ada"));
        Assert.Null(Get("bob"));
        Assert.Equal("7", Get(visits, "ada"));
        Assert.Equal(2, System.Linq.Enumerable.Count(visits.Scan()));
        Assert.Single(Db.Scan());
        Assert.Equal(Db.Path, visits.Path);
        Assert.Equal("visits", visits.GetProperty("keyspace.name"));
        using Snapshot snapshot = visits.CreateSnapshot();
        Put("ada", "1816");
        Assert.True(Db.TryGet("ada"u8, out byte[]? value, new ReadOptions { Snapshot = snapshot }));
        Assert.Equal("1815", Text(value));
        visits.Flush();
        Assert.Equal("7", Get(visits, "ada"));
    }

    [Fact]
    public void TheyStay()
    {
        using (WombatDatabase db = Open("stay"))
        {
            db.CreateKeyspace("größe 🐾");
            using WombatDatabase size = db.OpenKeyspace("größe 🐾");
            Put(size, "k", "v");
        }
        using WombatDatabase again = Open("stay");
        Assert.Equal(new[] { "default", "größe 🐾" }, again.GetKeyspaces());
        using WombatDatabase found = again.OpenKeyspace("größe 🐾");
        Assert.Equal("v", Get(found, "k"));
    }

    [Fact]
    public void RenameAndDrop()
    {
        using WombatDatabase visits = Create("visits");
        Put(visits, "ada", "7");
        Db.RenameKeyspace("visits", "calls");
        Assert.Equal(new[] { "default", "calls" }, Db.GetKeyspaces());
        Assert.Equal("7", Get(visits, "ada"));
        Fails(WombatStatus.DoesNotExist, () => Db.OpenKeyspace("visits"));
        Fails(WombatStatus.DoesNotExist, () => Db.RenameKeyspace("visits", "x"));
        Fails(WombatStatus.AlreadyExists, () => Db.CreateKeyspace("calls"));
        Fails(WombatStatus.InvalidArgument, () => Db.CreateKeyspace(""));
        Fails(WombatStatus.InvalidArgument, () => Db.CreateKeyspace("a\0b"));
        Fails(WombatStatus.InvalidArgument, () => Db.DropKeyspace("default"));
        Assert.Throws<ArgumentNullException>(() => Db.CreateKeyspace(null!));
        using var batch = new WriteBatch();
        batch.UseKeyspace(visits).Put("k"u8, "v"u8);
        using WombatIterator rows = visits.CreateIterator();
        Db.DropKeyspace("calls");
        Fails(WombatStatus.DoesNotExist, () => Db.DropKeyspace("calls"));
        Fails(WombatStatus.Dropped, () => Get(visits, "ada"));
        Fails(WombatStatus.Dropped, () => Put(visits, "ada", "8"));
        Fails(WombatStatus.Dropped, () => Db.Write(batch));
        Assert.True(rows.Next());
        Assert.Equal(new[] { "default" }, Db.GetKeyspaces());
    }

    [Fact]
    public void OptionsOfTheirOwn()
    {
        Db.CreateKeyspace("short", new WombatOptions().Set(OptionNames.TtlDefaultMs, 1));
        Fails(WombatStatus.InvalidArgument, () => Db.CreateKeyspace("no", new WombatOptions().Set(OptionNames.WalSync, "os")));
        using WombatDatabase brief = Db.OpenKeyspace("short");
        Assert.Equal("1", brief.GetOption(OptionNames.TtlDefaultMs));
        Assert.Equal("0", Db.GetOption(OptionNames.TtlDefaultMs));
        brief.SetOption(OptionNames.TtlDefaultMs, "2");
        Assert.Equal("2", brief.GetOption(OptionNames.TtlDefaultMs));
        Fails(WombatStatus.InvalidArgument, () => brief.SetOption(OptionNames.WalSync, "os"));
    }

    [Fact]
    public void OneBatchForSeveral()
    {
        using WombatDatabase visits = Create("visits");
        using var batch = new WriteBatch();
        batch.Put("ada"u8, "1815"u8).UseKeyspace(visits).Put("ada"u8, "8"u8).UseKeyspace(null).Put("bob"u8, "1816"u8);
        Db.Write(batch);
        Assert.Equal("1815 8 1816", $"{Get("ada")} {Get(visits, "ada")} {Get("bob")}");
        Assert.Null(Get(visits, "bob"));
        batch.Clear();
        batch.Put("eve"u8, default);
        visits.Write(batch);
        Assert.Null(Get("eve"));
        Assert.Equal("", Get(visits, "eve"));
        using WombatDatabase other = Open("other");
        batch.UseKeyspace(Db).Put("x"u8, default);
        Fails(WombatStatus.InvalidArgument, () => other.Write(batch));
    }

    [Fact]
    public void ClosedInAnyOrder()
    {
        WombatDatabase db = Open("order");
        db.CreateKeyspace("a");
        WombatDatabase first = db.OpenKeyspace("a");
        WombatDatabase second = db.OpenKeyspace("a");
        Put(first, "k", "v");
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Get(first, "k"));
        Assert.Equal("v", Get(second, "k"));
        Assert.False(db.IsDisposed);
        using WombatDatabase nested = second.OpenKeyspace("default");
        Put(nested, "k", "default");
        Assert.Equal("default", Get(db, "k"));
        db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Get(second, "k"));
        Assert.Throws<ObjectDisposedException>(() => second.OpenKeyspace("a"));
        Assert.Throws<ObjectDisposedException>(() => db.GetKeyspaces());
        second.Dispose();
        Open("order").Dispose();
    }
}
