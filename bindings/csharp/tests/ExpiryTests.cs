using System;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>When entries expire: asked of keys and rows, and set to a given time.</summary>
public sealed class ExpiryTests : TestDatabase
{
    private static readonly DateTimeOffset Then = new DateTimeOffset(3000, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(10);

    private string ExpiryOf(string key, ReadOptions options = default) =>
        Db.TryGetExpiry(Bytes(key), out DateTimeOffset? expiry, options) ? Show(expiry) : "absent";

    private static string Show(DateTimeOffset? expiry) => expiry?.ToString("O") ?? "never";

    [Fact]
    public void OfKeys()
    {
        using var batch = new WriteBatch();
        batch.PutUntil("then"u8, "v"u8, Then.AddTicks(9)).PutUntil("never"u8, "v"u8, null)
            .PutUntil("late"u8, "v"u8, DateTimeOffset.MaxValue).Put("gone"u8, "v"u8)
            .PutUntil("gone"u8, "v"u8, DateTimeOffset.UnixEpoch).PutUntil("gone too"u8, "v"u8, DateTimeOffset.MinValue);
        Assert.Equal(6, batch.Count);
        Db.Write(batch);
        Put("plain", "v");
        Assert.Equal(Show(Then), ExpiryOf("then"));
        Assert.Equal("never never", $"{ExpiryOf("never")} {ExpiryOf("plain")}");
        Assert.Equal(Show(DateTimeOffset.MaxValue.AddTicks(-9)), ExpiryOf("late"));
        Assert.Equal("absent absent absent absent",
            $"{ExpiryOf("gone")} {ExpiryOf("gone too")} {ExpiryOf("never written")} {ExpiryOf("")}");
        using (Snapshot snapshot = Db.CreateSnapshot())
        {
            Db.Delete("then"u8);
            Assert.Equal("absent", ExpiryOf("then"));
            Assert.Equal(Show(Then), ExpiryOf("then", new ReadOptions { Snapshot = snapshot }));
        }
        Db.Put("hour"u8, "v"u8, new WriteOptions { TimeToLive = TimeSpan.FromHours(1) });
        Assert.True(Db.TryGetExpiry("hour"u8, out DateTimeOffset? hour));
        Assert.InRange(hour!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
        Db.Put("long"u8, "v"u8, new WriteOptions { TimeToLive = TimeSpan.MaxValue });
        Assert.True(Db.TryGetExpiry("long"u8, out DateTimeOffset? beyond));
        Assert.Equal(9999, beyond!.Value.Year);
        var large = new byte[WombatDatabase.KeySizeMax + 1];
        Fails(WombatStatus.TooLarge, () => Db.TryGetExpiry(large, out _));
        Fails(WombatStatus.TooLarge, () => batch.PutUntil(large, default, Then));
        Db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Db.TryGetExpiry("then"u8, out _));
    }

    /// <summary>Asked for now and then, forward and backward, rows come as they do without.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(30)]
    public void OfRows(int every)
    {
        using var batch = new WriteBatch();
        for (int i = 0; i < 100; ++i)
        {
            batch.PutUntil(new[] { (byte)i }, "v"u8, i % 3 == 0 ? null : Then.AddSeconds(i));
        }
        Db.Write(batch);
        using (WombatIterator rows = Db.CreateIterator())
        {
            CheckRows(rows, 100, every);
            rows.Dispose();
            Assert.Throws<ObjectDisposedException>(() => rows.TryGetExpiry(out _));
        }
        using WombatTransaction transaction = Db.BeginTransaction();
        transaction.Put(new byte[] { 100 }, "v"u8);
        using WombatIterator own = transaction.CreateIterator();
        CheckRows(own, 101, every);
    }

    private static void CheckRows(WombatIterator rows, int count, int every)
    {
        for (int step = 0; step < 2 * count; ++step)
        {
            int i = step < count ? step : 2 * count - 1 - step;
            Assert.False(step == count && rows.Next());
            Assert.True(step < count ? rows.Next() : rows.Prev());
            Assert.Equal(i, rows.Key[0]);
            if (step % every == 0)
            {
                for (int again = 0; again < 2; ++again)
                {
                    Assert.True(rows.TryGetExpiry(out DateTimeOffset? expiry));
                    Assert.Equal(i % 3 == 0 || i == 100 ? "never" : Show(Then.AddSeconds(i)), Show(expiry));
                }
            }
        }
        Assert.False(rows.Prev());
        Assert.Throws<InvalidOperationException>(() => rows.TryGetExpiry(out _));
    }

    [Fact]
    public void OfARowThatIsOver()
    {
        Put("a", "v");
        Put("c", "v");
        Db.Put("b"u8, "v"u8, new WriteOptions { TimeToLive = TimeSpan.FromSeconds(1) });
        using WombatIterator rows = Db.CreateIterator();
        Assert.True(rows.Next() && rows.Next());
        while (Db.Contains("b"u8))
        {
            Thread.Sleep(1);
        }
        Assert.False(rows.TryGetExpiry(out _));
        Assert.True(rows.Next());
        Assert.Equal((byte)'c', rows.Key[0]);
    }
}
