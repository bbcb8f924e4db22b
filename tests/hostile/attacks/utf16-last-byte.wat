;; It logs UTF-16 whose last unit reaches half beyond its memory.
;; ends: trap
;; strings: utf16
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 2)) (i32.const 2))
  (global.get $zeros))
