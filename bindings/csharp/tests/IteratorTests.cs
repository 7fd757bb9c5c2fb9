using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Xunit;

namespace WombatDb.Tests;

public sealed class IteratorTests : TestDatabase
{
    private List<string> Fill(int count)
    {
        using var batch = new WriteBatch();
        var keys = new List<string>();
        for (int i = 0; i < count; ++i)
        {
            keys.Add(i.ToString("D4"));
            batch.Put(Bytes(keys[i]), Bytes(string.Concat(Enumerable.Repeat(keys[i], i % 50))));
        }
        Db.Write(batch);
        return keys;
    }

    private List<string> Collect(IteratorOptions options = default)
    {
        var keys = new List<string>();
        foreach (Row row in Db.Scan(options))
        {
            keys.Add(Encoding.UTF8.GetString(row.Key));
        }
        return keys;
    }

    [Fact]
    public void Scan()
    {
        List<string> keys = Fill(3000);
        Assert.Equal(keys, Collect());
        Assert.Equal(keys, Db.Scan().Select(row => Encoding.UTF8.GetString(row.Key)));
        Assert.Equal(new[] { "0010", "0011", "0012" }, Collect(new IteratorOptions { Lower = Bytes("0010"), Upper = Bytes("0013") }));
        Assert.Equal(10, Collect(new IteratorOptions { Prefix = Bytes("012"), KeysOnly = true, NoFillCache = true }).Count);
        Assert.Empty(Collect(new IteratorOptions { Upper = Array.Empty<byte>() }));
        Assert.Throws<WombatException>(() => Collect(new IteratorOptions { Lower = Bytes("b"), Upper = Bytes("a") }));
        foreach (var (key, value) in Db.Scan())
        {
            Assert.Equal(4, key.Length);
            Assert.Equal(0, value.Length);
            break;
        }
    }

    [Fact]
    public void ARowLargerThanABatch()
    {
        byte[] large = new byte[1 << 20];
        Put("a", "1");
        Db.Put("b"u8, large);
        Put("c", "3");
        using WombatIterator rows = Db.CreateIterator();
        Assert.True(rows.Seek("b"u8));
        Assert.Equal(large, rows.Value.ToArray());
        Assert.True(rows.Next());
        Assert.False(rows.Next());
        Assert.False(rows.Next());
        Assert.False(rows.IsValid);
        Assert.Throws<InvalidOperationException>(() => rows.Key.ToArray());
        Assert.True(rows.Prev());
        Assert.Equal("c"u8.ToArray(), rows.Key.ToArray());
        Assert.True(rows.Prev() && rows.Prev() && !rows.Prev());
        Assert.True(rows.Next());
        Assert.Equal("a"u8.ToArray(), rows.Key.ToArray());
    }

    /// <summary>Moves a cursor at random and compares every step with a sorted list.</summary>
    [Fact]
    public void AgainstAModel()
    {
        var random = new Random(Seed());
        List<string> keys = Fill(500);
        using WombatIterator rows = Db.CreateIterator();
        int at = -1;
        bool isFresh = true;
        for (int step = 0; step < 20_000; ++step)
        {
            string target = (random.Next(520) + 1).ToString("D4");
            bool isFound;
            switch (random.Next(8))
            {
                case 0:
                    (isFound, at) = (rows.First(), 0);
                    break;
                case 1:
                    (isFound, at) = (rows.Last(), keys.Count - 1);
                    break;
                case 2:
                    (isFound, at) = (rows.Seek(Bytes(target)), keys.Count(key => string.CompareOrdinal(key, target) < 0));
                    break;
                case 3:
                    (isFound, at) = (rows.SeekForPrev(Bytes(target)), keys.Count(key => string.CompareOrdinal(key, target) <= 0) - 1);
                    break;
                case 4 or 5:
                    (isFound, at) = (rows.Next(), Math.Min(at + 1, keys.Count));
                    break;
                default:
                    (isFound, at) = (rows.Prev(), isFresh ? keys.Count - 1 : Math.Max(at - 1, -1));
                    break;
            }
            isFresh = false;
            Assert.Equal(at >= 0 && at < keys.Count, isFound);
            Assert.Equal(isFound, rows.IsValid);
            if (isFound)
            {
                Assert.Equal(keys[at], Encoding.UTF8.GetString(rows.Key));
                Assert.Equal(4 * (at % 50), rows.Value.Length);
            }
        }
    }

    [Fact]
    public void Batches()
    {
        using var batch = new WriteBatch();
        batch.Put("a"u8, "1"u8);
        Assert.False(batch.RollbackToSavepoint());
        batch.SetSavepoint();
        batch.Put("b"u8, new byte[1 << 20]).Delete("a"u8);
        Assert.Equal(3, batch.Count);
        Assert.True(batch.Size > 1 << 20);
        Assert.True(batch.RollbackToSavepoint());
        batch.SetSavepoint();
        batch.Delete("c"u8);
        Assert.True(batch.ReleaseSavepoint());
        Assert.False(batch.ReleaseSavepoint());
        Assert.Throws<WombatException>(() => batch.Put(new byte[WombatDatabase.KeySizeMax + 1], default));
        batch.Delete(new byte[WombatDatabase.KeySizeMax]);
        Put("c", "3");
        Db.Write(batch);
        Assert.Equal(new[] { "a" }, Collect());
        batch.Clear();
        Assert.Equal(0, batch.Count);
        Db.Write(batch);
    }
}
