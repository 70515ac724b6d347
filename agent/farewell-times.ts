/** When what is done at the end has to be over, in seconds after the agent was told to stop. */
interface FarewellTimes {
  /** Running commands and jobs may finish until then. */
  readonly finishedBy: number;
  /** They are given back by then. */
  readonly givenBackBy: number;
  /** No file is brought into the store any more: what is left of the notice is for telling what did not make it. */
  readonly broughtBy: number;
  /** That is told, the last heartbeat is sent, and the process ends by itself. */
  readonly endedBy: number;
  /** Whatever hangs, the process is ended: disk state is good at every moment. */
  readonly exitBy: number;
}

/** The machine must not be faster: the process is ended this much before the notice is over. */
const MARGIN_SECONDS = 0.5;
/** What closing the files takes, of which the last steps must leave some. */
const CLOSE_SECONDS = 0.25;
const FINISH_SECONDS = 3;
const GIVE_BACK_SECONDS = 2;
/** For the reports at the end: far more than an answer of the queue takes, but no more than a fifth of a short notice. */
const REPORT_SECONDS = 2;
const REPORT_SHARE = 0.2;

/** Divides a notice: whatever hangs, what comes after it has its time. Pure. */
const farewellTimes = (noticeSeconds: number): FarewellTimes => {
  const exitBy = Math.max(0, noticeSeconds - MARGIN_SECONDS);
  const endedBy = Math.max(0, exitBy - CLOSE_SECONDS);
  const broughtBy = endedBy - Math.min(REPORT_SECONDS, endedBy * REPORT_SHARE);
  const finishedBy = Math.min(FINISH_SECONDS, broughtBy / 2);
  return {
    finishedBy,
    givenBackBy: Math.min(finishedBy + GIVE_BACK_SECONDS, broughtBy),
    broughtBy,
    endedBy,
    exitBy,
  };
};

export type { FarewellTimes };
export { farewellTimes };
