using System;
using System.Diagnostics;
using System.Threading;

namespace WombatDb
{
    /// <summary>Importance of a message of a database.</summary>
    public enum WombatLogLevel
    {
        /// <summary>For developers of Wombat.</summary>
        Debug = 0,
        /// <summary>What happens in ordinary operation.</summary>
        Information = 1,
        /// <summary>Something that may become a problem.</summary>
        Warning = 2,
        /// <summary>Something that failed.</summary>
        Error = 3,
    }

    /// <summary>
    /// Brings messages of a database to a listener: one thread waits for them, so that no thread of the library enters .NET.
    /// </summary>
    internal static unsafe class LogPump
    {
        private const int MessageSizeMax = 64 * 1024;

        /// <summary>A queue that is read until it is closed.</summary>
        internal static long Start(Action<WombatLogLevel, string> listener)
        {
            long queue = Failure.Check(Raw.log_create());
            Thread thread = new Thread(() => Run(queue, listener));
            thread.IsBackground = true;
            thread.Name = "wombat-log";
            thread.Start();
            return queue;
        }

        private static void Run(long queue, Action<WombatLogLevel, string> listener)
        {
            byte[] buffer = new byte[MessageSizeMax];
            fixed (byte* message = buffer)
            {
                long size;
                while ((size = Raw.log_take(queue, message, buffer.Length)) >= 0)
                {
                    try
                    {
                        listener((WombatLogLevel)(*(int*)message), Texts.Read(message + 4, (int)size - 4));
                    }
                    catch (Exception exception)
                    {
                        Trace.TraceWarning("Wombat: a log listener failed: {0}", exception);
                    }
                }
            }
        }
    }
}
