;; It logs Latin-1 whose length says that it is UTF-16 of two thousand million units.
;; ends: trap
;; strings: latin1
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 61000) (i32.const -1))
  (global.get $zeros))
