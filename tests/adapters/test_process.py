import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.adapters.process import Limits, child, ffmpeg_exe, ffmpeg_input, run
from bot.ports import ChildFailed
from tests import media

PYTHON = (sys.executable, "-c")
REPOSITORY = Path(__file__).parents[2]

needs_prlimit = pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed")
needs_setpriv = pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")


def is_alive(pid: int) -> bool:
    """Whether a process exists, be it as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ends(pid: int) -> bool:
    """Whether a process ends soon that is not ours to reap."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(handle) as file:
        return bool(select.select([file], [], [], 20)[0])


async def test_what_a_child_writes_comes_back_with_the_cpu_time_it_used() -> None:
    code = "import sys; sum(range(10**7)); print('out'); print('err', file=sys.stderr)"
    done = await run([*PYTHON, code], timeout_seconds=60)
    assert (done.stdout, done.stderr) == (b"out\n", "err\n")
    assert done.cpu_seconds > 0.05


async def test_cpu_time_is_that_of_one_child_alone() -> None:
    busy = [*PYTHON, "import time\nwhile time.process_time() < 1: pass"]
    idle = [*PYTHON, "import sys; sys.stdin.read()"]
    spent, rested = await asyncio.gather(
        run(busy, timeout_seconds=60), run(idle, timeout_seconds=60, stdin=b"text")
    )
    assert spent.cpu_seconds >= 1
    assert rested.cpu_seconds < 0.5


async def test_a_child_reads_stdin_that_is_larger_than_a_pipe() -> None:
    done = await run(["wc", "-c"], timeout_seconds=60, stdin=b"x" * 1_000_000)
    assert done.stdout.split() == [b"1000000"]


async def test_lines_arrive_while_the_child_still_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    code = f"import os; print('one', flush=True); open({str(gate)!r}).read(); print('two')"
    os.mkfifo(gate)
    seen = []
    async with child([*PYTHON, code], timeout_seconds=60) as running:
        async for line in running.lines():
            seen.append(line)
            if line == "one":
                gate.write_text("")  # the child waits here until we have its first line
    assert seen == ["one", "two"]
    assert running.cpu_seconds > 0


async def test_a_failing_child_raises_with_its_last_line() -> None:
    with pytest.raises(ChildFailed, match=r"^python\S* failed: the disk is on fire$"):
        await run(
            [*PYTHON, "import sys; sys.exit('once\\nthe disk is on fire')"], timeout_seconds=60
        )


async def test_a_failure_after_the_lines_is_not_lost() -> None:
    with pytest.raises(ChildFailed, match="exit status 3"):
        async with child([*PYTHON, "print('fine'); raise SystemExit(3)"], timeout_seconds=60) as it:
            assert [line async for line in it.lines()] == ["fine"]


async def test_a_program_that_does_not_exist_is_a_failure() -> None:
    with pytest.raises(ChildFailed, match="no-such-program"):
        await run(["/no-such-program"], timeout_seconds=60)


async def test_a_killed_child_is_reported() -> None:
    with pytest.raises(ChildFailed, match="SIGKILL"):
        await run([*PYTHON, "import os; os.kill(os.getpid(), 9)"], timeout_seconds=60)


async def test_a_child_that_takes_too_long_is_killed_with_its_own_children() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(ChildFailed, match=r"took longer than 1 s"):
            async with child(["sh", "-c", "sleep 1000 & echo $!; wait"], timeout_seconds=1) as it:
                pids = [int(line) async for line in it.lines()]
    assert ends(pids[0])


async def test_the_pipes_of_a_child_that_escaped_its_group_do_not_hold_us() -> None:
    script = "setsid sleep 1000 & echo $!"
    with pytest.raises(ChildFailed, match="took longer"):
        async with child(["sh", "-c", script], timeout_seconds=1) as running:
            pids = [int(line) async for line in running.lines()]
    os.kill(pids[0], signal.SIGKILL)


async def test_cancelling_kills_and_reaps_the_child() -> None:
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(1000)"
        async with child([*PYTHON, code], timeout_seconds=60) as running:
            async for line in running.lines():
                started.set_result(int(line))

    task = asyncio.create_task(wait())
    pid = await started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(pid)


async def test_closing_a_generator_over_a_child_kills_and_reaps_it() -> None:
    async def pids() -> AsyncGenerator[int, None]:
        async with child(["sh", "-c", "echo $$; sleep 1000"], timeout_seconds=60) as running:
            async for line in running.lines():
                yield int(line)

    numbers = pids()
    pid = await anext(numbers)
    await numbers.aclose()
    assert not is_alive(pid)


async def test_an_error_inside_the_block_kills_and_reaps_the_child() -> None:
    pids = []

    async def stumble() -> None:
        async with child(["sh", "-c", "echo $$; sleep 1000"], timeout_seconds=60) as running:
            async for line in running.lines():
                pids.append(int(line))
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert not is_alive(pids[0])


async def test_endless_stdout_is_stopped() -> None:
    with pytest.raises(ChildFailed, match="wrote too much"):
        await run(["yes"], timeout_seconds=60)


async def test_much_stderr_neither_blocks_nor_fills_the_memory() -> None:
    code = "import sys; sys.stderr.write('x' * 10**7 + '\\nend'); print('done')"
    done = await run([*PYTHON, code], timeout_seconds=60)
    assert done.stdout == b"done\n"
    assert done.stderr.endswith("\nend")
    assert len(done.stderr) < 10_000


@needs_prlimit
async def test_memory_is_limited() -> None:
    with pytest.raises(ChildFailed, match="MemoryError"):
        await run(
            [*PYTHON, "bytearray(1 << 30)"],
            timeout_seconds=60,
            limits=Limits(memory_bytes=512 << 20),
        )


@needs_prlimit
async def test_cpu_time_is_limited() -> None:
    with pytest.raises(ChildFailed, match="killed"):
        await run([*PYTHON, "while True: pass"], timeout_seconds=60, limits=Limits(cpu_seconds=1))


@needs_prlimit
async def test_the_size_of_written_files_is_limited(tmp_path: Path) -> None:
    target = tmp_path / "large"
    with pytest.raises(ChildFailed, match="File too large"):
        await run(
            [*PYTHON, f"import pathlib; pathlib.Path({str(target)!r}).write_bytes(bytes(2000))"],
            timeout_seconds=60,
            limits=Limits(file_bytes=1000),
        )


async def test_a_child_sees_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    done = await run(["env"], timeout_seconds=60)
    assert b"xoxb" not in done.stdout


@needs_setpriv
def test_a_child_does_not_survive_our_own_kill_9() -> None:
    script = """
import asyncio
from bot.adapters.process import child

async def main():
    async with child(["sh", "-c", "echo $$; exec sleep 1000"], timeout_seconds=60) as running:
        async for line in running.lines():
            print(line, flush=True)

asyncio.run(main())
"""
    with subprocess.Popen([*PYTHON, script], stdout=subprocess.PIPE, cwd=REPOSITORY) as bot:
        assert bot.stdout
        pid = int(bot.stdout.readline())
        bot.kill()
    assert ends(pid)


def open_files() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def test_many_children_at_once_leave_nothing_behind() -> None:
    before = open_files()
    await asyncio.gather(*(run(["echo", str(n)], timeout_seconds=60) for n in range(40)))
    assert open_files() <= before  # what an earlier test left may be collected meanwhile


async def test_ffmpeg_reads_a_clip_but_no_playlist(tmp_path: Path) -> None:
    decode = [ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error"]
    clip = media.video(tmp_path / "🎬 $(x) %d.mp4", seconds=0.5)
    await run([*decode, *ffmpeg_input(clip), "-f", "null", "-"], timeout_seconds=60)
    playlist = media.playlist(tmp_path / "playlist.mp4")
    with pytest.raises(ChildFailed, match=r"^ffmpeg failed"):
        await run([*decode, *ffmpeg_input(playlist), "-f", "null", "-"], timeout_seconds=60)
