;; It logs 3 MiB of UTF-16 that take half as much again in UTF-8, again and again.
;; ends: timeout
;; strings: utf16
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(memory $memory 64)
(func $handle (param $in i32) (result i32)
  (memory.fill (i32.const 1048576) (i32.const 0x4e) (i32.const 3145728))
  (loop $again
    (call $log (i32.const 2) (i32.const 1048576) (i32.const 1572864))
    (br $again))
  unreachable)
