import type { PointerEvent } from "react";
import { useRef } from "react";

export interface SwipeOptions {
  readonly isOn: boolean;
  readonly onRight: (index: number) => void;
  readonly onLeft: (index: number) => void;
  /** The finger rested on a row. */
  readonly onLong: (index: number) => void;
}

interface Gesture {
  readonly pointer: number;
  readonly x: number;
  readonly y: number;
  readonly index: number;
  readonly row: HTMLElement;
  readonly slide: HTMLElement;
  readonly timer: ReturnType<typeof setTimeout>;
  isSliding: boolean;
  wasLong: boolean;
  dx: number;
}

const START_PX = 12;
const DEED_PX = 88;
const LONG_MS = 500;

export interface SwipeHandlers {
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(event: PointerEvent): void;
  onPointerCancel(event: PointerEvent): void;
  onClickCapture(event: React.MouseEvent): void;
  onContextMenu(event: React.MouseEvent): void;
}

/** Fingers on the list: to the right read or unread, to the left delete, resting ticks. Mice are left alone. */
export function useSwipe(options: SwipeOptions): SwipeHandlers {
  const gesture = useRef<Gesture | null>(null);
  const isSpent = useRef(false);
  const end = (isDone: boolean): void => {
    const now = gesture.current;
    gesture.current = null;
    if (!now) return;
    clearTimeout(now.timer);
    isSpent.current = now.isSliding || now.wasLong;
    now.slide.style.transform = "";
    now.slide.style.transition = "transform 120ms";
    delete now.row.dataset["swipe"];
    if (isDone && now.isSliding && Math.abs(now.dx) >= DEED_PX) (now.dx > 0 ? options.onRight : options.onLeft)(now.index);
  };
  return {
    onPointerDown: (event) => {
      isSpent.current = false;
      const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
      const slide = row?.querySelector<HTMLElement>("[data-slide]");
      if (event.pointerType === "mouse" || !options.isOn || !row || !slide) return;
      const index = Number(row.dataset["index"]);
      const timer = setTimeout(() => {
        if (!gesture.current || gesture.current.isSliding) return;
        gesture.current.wasLong = true;
        options.onLong(index);
      }, LONG_MS);
      gesture.current = { pointer: event.pointerId, x: event.clientX, y: event.clientY, index, row, slide, timer, isSliding: false, wasLong: false, dx: 0 };
    },
    onPointerMove: (event) => {
      const now = gesture.current;
      if (!now || now.pointer !== event.pointerId || now.wasLong) return;
      now.dx = event.clientX - now.x;
      const dy = event.clientY - now.y;
      if (!now.isSliding && Math.abs(dy) > START_PX) { end(false); return; }
      if (!now.isSliding && Math.abs(now.dx) < START_PX) return;
      now.isSliding = true;
      clearTimeout(now.timer);
      now.slide.style.transition = "";
      now.slide.style.transform = `translateX(${String(now.dx)}px)`;
      now.row.dataset["swipe"] = now.dx > 0 ? "right" : "left";
    },
    onPointerUp: () => { end(true); },
    onPointerCancel: () => { end(false); },
    onClickCapture: (event) => {
      if (!isSpent.current) return;
      isSpent.current = false;
      event.stopPropagation();
      event.preventDefault();
    },
    onContextMenu: (event) => { if (gesture.current) event.preventDefault(); },
  };
}
