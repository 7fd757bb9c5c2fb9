using System;
using System.IO;
using System.Text;
using Xunit;

namespace WombatDb.Tests;

/// <summary>A database, whose writes do not wait for the disk, in a folder that goes with the test.</summary>
public abstract class TestDatabase : IDisposable
{
    protected TestDatabase()
    {
        Folder = Directory.CreateTempSubdirectory("wombat_csharp_").FullName;
        Db = Open("db");
    }

    protected string Folder { get; }

    protected WombatDatabase Db { get; }

    public void Dispose()
    {
        Db.Dispose();
        Directory.Delete(Folder, true);
        GC.SuppressFinalize(this);
    }

    protected WombatDatabase Open(string name, Action<WombatOptions>? change = null)
    {
        var options = new WombatOptions { [OptionNames.WalSync] = "os" };
        change?.Invoke(options);
        return WombatDatabase.Open(PathOf(name), options);
    }

    protected string PathOf(string name) => Path.Combine(Folder, name);

    protected string? Get(string key) => Get(Db, key);

    protected static string? Get(WombatDatabase db, string key) =>
        db.TryGet(Bytes(key), out byte[]? value) ? Text(value) : null;

    protected void Put(string key, string value) => Put(Db, key, value);

    protected static void Put(WombatDatabase db, string key, string value) => db.Put(Bytes(key), Bytes(value));

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    protected static WombatException Fails(WombatStatus status, Action call)
    {
        var exception = Assert.Throws<WombatException>(call);
        Assert.Equal(status, exception.Status);
        return exception;
    }

    /// <summary>
    /// The runtime may allocate at the first calls of anything: what counts is the best of several rounds. A call that allocates does so
    /// in each.
    /// </summary>
    protected static void AllocatesNothing(Action call)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 20 && least != 0; ++round)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; ++i)
            {
                call();
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    /// <summary>A number from the environment: the tests of the long tier are larger.</summary>
    protected static int NumberFrom(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? value : usual;

    /// <summary>Of a random test: from the environment, or new; the test prints it.</summary>
    protected static int Seed()
    {
        string? chosen = Environment.GetEnvironmentVariable("WOMBAT_TEST_SEED");
        int seed = chosen == null ? Environment.TickCount : int.Parse(chosen);
        Console.WriteLine($"WOMBAT_TEST_SEED={seed}");
        return seed;
    }
}
