using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace WombatDb
{
    /// <summary>How far a long call is.</summary>
    /// <param name="Done">Bytes done.</param>
    /// <param name="Total">Bytes to do; 0: not known.</param>
    public readonly record struct TaskProgress(long Done, long Total);

    /// <summary>How a long call is done. The default value is the default.</summary>
    public readonly record struct TaskOptions
    {
        /// <summary>
        /// Longest time; zero: no limit. Then the call fails with <see cref="WombatStatus.TimedOut"/>, and the work goes on in the
        /// background.
        /// </summary>
        public TimeSpan Timeout { get; init; }

        /// <summary>Cancels the call, which then throws <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; init; }

        /// <summary>Is told, on the thread of the call, how far it is. What it throws ends the call and is thrown by it.</summary>
        public Action<TaskProgress>? Progress { get; init; }
    }

    public sealed unsafe partial class WombatDatabase
    {
        private delegate long TaskCall(long timeoutMicros, long cancel, long function, long userData);

        /// <summary>Writes what is in memory to tables and waits for it. Not needed for durability.</summary>
        public void Flush(TaskOptions options = default) =>
            RunTask(options, (timeout, cancel, function, data) => Raw.flush(_core.Number, timeout, cancel, function, data));

        /// <summary>
        /// Rewrites the keys from <paramref name="lower"/> to <paramref name="upper"/> (both included; null: no bound) into the deepest
        /// level, dropping what was overwritten or deleted. What was acknowledged before the call, to whatever keyspace, is durable when
        /// it returns.
        /// </summary>
        public void CompactRange(byte[]? lower, byte[]? upper, TaskOptions options = default) =>
            RunTask(options, (timeout, cancel, function, data) =>
            {
                fixed (byte* lowerBytes = lower, upperBytes = upper)
                {
                    return Raw.compact_range(_core.Number, lowerBytes, lower?.Length ?? -1, upperBytes, upper?.Length ?? -1, timeout,
                        cancel, function, data);
                }
            });

        /// <summary>
        /// Holds compactions of all keyspaces back until <see cref="ResumeCompaction"/> was called as often. Waits for those
        /// that run; flushes go on.
        /// </summary>
        public void PauseCompaction(TaskOptions options = default) =>
            RunTask(options, (timeout, cancel, function, data) => Raw.compaction_pause(_core.Number, timeout, cancel, function, data));

        /// <summary>Undoes one <see cref="PauseCompaction"/>.</summary>
        /// <exception cref="WombatException"><see cref="WombatStatus.InvalidArgument"/> when they are not paused.</exception>
        public void ResumeCompaction()
        {
            Failure.Check(Raw.compaction_resume(_core.Number));
            GC.KeepAlive(_core);
        }

        /// <summary>Waits until no background work is running or due.</summary>
        public void WaitForBackgroundWork(TaskOptions options = default) =>
            RunTask(options, (timeout, cancel, function, data) => Raw.wait(_core.Number, timeout, cancel, function, data));

        /// <summary>Reads every file of the database and checks everything in it.</summary>
        /// <exception cref="WombatException"><see cref="WombatStatus.Corruption"/>, naming file and offset.</exception>
        public void Verify(TaskOptions options = default) =>
            RunTask(options, (timeout, cancel, function, data) => Raw.verify(_core.Number, timeout, cancel, function, data));

        /// <summary><see cref="Flush"/> on the thread pool.</summary>
        public Task FlushAsync(CancellationToken cancellationToken = default) => Start(Flush, cancellationToken);

        /// <summary><see cref="CompactRange"/> on the thread pool.</summary>
        public Task CompactRangeAsync(byte[]? lower, byte[]? upper, CancellationToken cancellationToken = default) =>
            Start(options => CompactRange(lower, upper, options), cancellationToken);

        /// <summary><see cref="WaitForBackgroundWork"/> on the thread pool.</summary>
        public Task WaitForBackgroundWorkAsync(CancellationToken cancellationToken = default) =>
            Start(WaitForBackgroundWork, cancellationToken);

        /// <summary><see cref="Reclaim"/> on the thread pool.</summary>
        public Task ReclaimAsync(int deadPercent, CancellationToken cancellationToken = default) =>
            Start(options => Reclaim(deadPercent, options), cancellationToken);

        /// <summary><see cref="Ingest"/> on the thread pool.</summary>
        public Task IngestAsync(IReadOnlyCollection<string> paths, bool removeFiles = false,
            CancellationToken cancellationToken = default) =>
            Start(options => Ingest(paths, removeFiles, options), cancellationToken);

        /// <summary><see cref="Verify"/> on the thread pool.</summary>
        public Task VerifyAsync(CancellationToken cancellationToken = default) => Start(Verify, cancellationToken);

        /// <summary>
        /// Gives space of value files back, see option <see cref="OptionNames.ValueLogThreshold"/>: what is still needed of those of which
        /// at least <paramref name="deadPercent"/> (0 to 100) is dead is written again elsewhere, and they are removed as soon as nothing
        /// reads them. The database does this by itself as well. What is overwritten counts as dead when a compaction has found it: for
        /// all of it call <see cref="CompactRange"/> before. About the whole database, whatever the keyspace.
        /// </summary>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/>; <see cref="WombatStatus.Busy"/> while compactions are paused.
        /// </exception>
        public void Reclaim(int deadPercent, TaskOptions options = default)
        {
            if (deadPercent is < 0 or > 100)
            {
                throw Failure.Invalid("a share of " + deadPercent + " percent; 0 to 100 are allowed");
            }
            RunTask(options, (timeout, cancel, function, data) =>
                Raw.reclaim(_core.Number, deadPercent, timeout, cancel, function, data));
        }

        /// <summary>
        /// Takes files of <see cref="TableBuilder"/>s into the database, or into this keyspace, as one commit: all of them or none. The
        /// entries replace what is there under their keys. Each file is checked in full and copied while everything goes on. Durable when
        /// the call returns.
        /// </summary>
        /// <param name="paths">The files; the ranges of their keys must not overlap.</param>
        /// <param name="removeFiles">Whether the files are removed when they have been taken in.</param>
        /// <param name="options">How.</param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/> when the key ranges of two files overlap; <see cref="WombatStatus.Corruption"/> for
        /// damage, and for what no builder made; <see cref="WombatStatus.MissingFile"/>; <see cref="WombatStatus.Conflict"/> when a
        /// prepared transaction claims a key in the range of a file; <see cref="WombatStatus.Busy"/> while compactions are paused and
        /// level 0 is full. The files are then as they were.
        /// </exception>
        public void Ingest(IReadOnlyCollection<string> paths, bool removeFiles = false, TaskOptions options = default)
        {
            ArgumentNullException.ThrowIfNull(paths);
            var texts = new MemoryStream();
            foreach (string path in paths)
            {
                texts.Write(Texts.Encode(path, "path"));
            }
            byte[] bytes = texts.ToArray();
            int count = paths.Count;
            RunTask(options, (timeout, cancel, function, data) =>
            {
                fixed (byte* text = bytes)
                {
                    return Raw.ingest(_core.Number, text, count, removeFiles ? 1 : 0, timeout, cancel, function, data);
                }
            });
        }

        /// <summary>
        /// Removes log files whose contents are all in tables, which the database does by itself as well. Gives their number.
        /// </summary>
        public long CleanUpLogs()
        {
            long removed = Failure.Check(Raw.clean_up_logs(_core.Number));
            GC.KeepAlive(_core);
            return removed;
        }

        /// <summary>
        /// Estimates the bytes of files that the keys from <paramref name="lower"/> to <paramref name="upper"/> (excluded) take; null:
        /// no bound.
        /// </summary>
        public long ApproximateSize(byte[]? lower, byte[]? upper)
        {
            fixed (byte* lowerBytes = lower, upperBytes = upper)
            {
                long size = Failure.Check(
                    Raw.approximate_size(_core.Number, lowerBytes, lower?.Length ?? -1, upperBytes, upper?.Length ?? -1));
                GC.KeepAlive(_core);
                return size;
            }
        }

        private static Task Start(Action<TaskOptions> call, CancellationToken token) =>
            Task.Run(() => call(new TaskOptions { CancellationToken = token }), token);

        private void RunTask(TaskOptions options, TaskCall call)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            using OwnedHandle? cancel = options.CancellationToken.CanBeCanceled ? CreateCancel() : null;
            long number = cancel?.Shared ?? 0;
            using var registration = options.CancellationToken.UnsafeRegister(_ => Cancel(number), null);
            ProgressState? progress = options.Progress == null ? null : new ProgressState(options.Progress);
            GCHandle handle = progress == null ? default : GCHandle.Alloc(progress);
            try
            {
                long function = progress == null ? 0 : (long)(delegate* unmanaged[Cdecl]<void*, ulong, ulong, int>)&OnProgress;
                long data = progress == null ? 0 : (long)GCHandle.ToIntPtr(handle);
                long result = call(Durations.ToMicros(options.Timeout), number, function, data);
                Throw(result, progress, options.CancellationToken);
            }
            finally
            {
                if (handle.IsAllocated)
                {
                    handle.Free();
                }
                GC.KeepAlive(_core);
            }
        }

        private static void Throw(long result, ProgressState? progress, CancellationToken token)
        {
            Exception? failure = result < Constants.ShimNone ? Failure.Take(result) : null;
            if (progress?.Thrown != null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(progress.Thrown);
            }
            if (failure is WombatException { Status: WombatStatus.Cancelled } && token.IsCancellationRequested)
            {
                throw new OperationCanceledException(failure.Message, failure, token);
            }
            if (failure != null)
            {
                throw failure;
            }
        }

        private static OwnedHandle CreateCancel() =>
            new("cancellation", Failure.Check(Raw.cancel_create()), Raw.cancel_destroy);

        private static void Cancel(long number)
        {
            if (number != 0)
            {
                Failure.Check(Raw.cancel_request(number));
            }
        }

        [UnmanagedCallersOnly(CallConvs = new[] { typeof(CallConvCdecl) })]
        private static int OnProgress(void* userData, ulong done, ulong total)
        {
            var state = (ProgressState)GCHandle.FromIntPtr((IntPtr)userData).Target!;
            return state.Report((long)done, (long)total) ? 0 : 1;
        }

        /// <summary>Brings what a listener throws from under the frames of the library to where it can be thrown again.</summary>
        private sealed class ProgressState
        {
            private readonly Action<TaskProgress> _listener;

            internal ProgressState(Action<TaskProgress> listener) => _listener = listener;

            internal Exception? Thrown { get; private set; }

            internal bool Report(long done, long total)
            {
                try
                {
                    if (Thrown == null)
                    {
                        _listener(new TaskProgress(done, total));
                    }
                }
                catch (Exception exception)
                {
                    Thrown = exception;
                }
                return Thrown == null;
            }
        }
    }
}
